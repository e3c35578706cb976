"""An emulator of the ImagineLab API: documented endpoints on a virtual clock, scripted by YAML scenarios."""
