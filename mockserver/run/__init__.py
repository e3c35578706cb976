"""An emulator for the length of one command, which needs no change."""
