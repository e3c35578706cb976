"""Which release of the program this is."""

from functools import cache


@cache
def release() -> str:
    """Return the version of the installed package; `0+unknown` where a checkout runs without being installed.

    It is looked up once: that takes half a millisecond, leaves garbage behind, and health checks ask every second.
    """
    # Not at the top: no answer of the API needs it, and it takes longer to import than a world to make.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("imaginelab-mock")
    except PackageNotFoundError:
        return "0+unknown"
