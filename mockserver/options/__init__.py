"""The settings of a server, and how each is written on the command line and in variables."""
