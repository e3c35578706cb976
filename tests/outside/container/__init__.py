"""Tests of the container image; `scripts/container-check` starts a container engine for them."""
