"""An emulator that runs as long as one unchanged command."""
