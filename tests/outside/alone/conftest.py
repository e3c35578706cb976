"""Testers that can share an environment with nobody: each is left out where its library is not installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("niquests") else ["test_niquests.py"]
