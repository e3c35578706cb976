"""What Prometheus asks for. It is computed from facts when somebody asks: nothing is counted or measured in between."""

import asyncio
from typing import Final

from mockserver.core.errors import ApiError
from mockserver.http.control.route import Raw
from mockserver.http.control.visit import Visit

AHEAD: Final = 0.01
"""Seconds after which the event loop is asked to call back, to see how late it does."""


class NotInstalled(ApiError):
    """Refuse what only an extra can do that is not installed; the detail has the command that installs it."""

    status = 501
    phrase = "Not implemented"


async def metrics(visit: Visit) -> Raw:
    """Tell what the whole server has done and what it holds; NotInstalled without the extra `metrics`."""
    try:
        # Not at the top: it is an extra of 3 MB in memory, and a server that nobody watches never needs it.
        import prometheus_client  # noqa: F401
    except ImportError as problem:
        raise NotInstalled("metrics need the library prometheus-client: pip install prometheus-client") from problem
    late = await lag()
    # Not at the top, for the same reason as the library that it needs.
    from mockserver.http.control.exposition import Figures, exposition

    figures = Figures(visit.worlds, visit.tunnels.refused, late)
    return exposition(figures, visit.request.header(b"accept") or "")


async def lag() -> float:
    """Return how many seconds late the event loop does what is due now, to a millisecond: finer no loop counts."""
    loop, called = asyncio.get_running_loop(), asyncio.Event()
    due = loop.time() + AHEAD
    call = loop.call_at(due, called.set)
    try:
        await called.wait()
    finally:
        call.cancel()
    return max(0.0, round(loop.time() - due, 3))
