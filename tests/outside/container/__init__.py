"""Judges of the container image: `scripts/container-check` gives them an engine of their own."""
