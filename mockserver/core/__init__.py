"""The pure core: values and functions of values, with no clock, no I/O, no shared randomness and no framework."""
