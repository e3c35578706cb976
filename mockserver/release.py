"""The release of the program."""

from functools import cache


@cache
def release() -> str:
    """Return the version of the installed package, or `0+unknown` for a checkout that is not installed.

    The version is looked up once: a look-up takes half a millisecond, and health checks ask for it every second.
    """
    # Not at the top: no answer of the API needs it, and its import takes longer than making a world.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("imaginelab-mock")
    except PackageNotFoundError:
        return "0+unknown"
