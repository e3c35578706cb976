"""The one way in which a benchmark stops: no figure is better than a wrong one."""


class BenchmarkError(Exception):
    """What was measured was not what should be: a child that did not start, an answer that was no success."""
