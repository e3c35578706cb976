"""The one way in which a benchmark stops: no figure is better than a wrong one."""


class BenchmarkError(Exception):
    """A measurement is invalid: a child did not start, or an answer was no success."""
