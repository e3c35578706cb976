"""Testers that each need their own environment: a tester is left out where its library is not installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("niquests") else ["test_niquests.py"]
