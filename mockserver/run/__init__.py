"""The command `run`: an emulator for the length of one command, which stays as it is."""
