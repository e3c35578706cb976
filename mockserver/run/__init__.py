"""`imaginelab-mock run`: an unchanged command, in whatever language, whose calls of the API arrive at an emulator."""
