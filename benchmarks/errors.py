"""The one error that stops a benchmark, because a wrong figure is worse than none."""


class BenchmarkError(Exception):
    """A measurement is invalid: a child process did not start, or an answer was not a success."""
