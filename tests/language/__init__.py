"""Tests of values and functions of values."""
