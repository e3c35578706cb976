"""The control plane from Python, against real servers on free ports."""
