"""The conditions of a run: figures mean nothing without the versions and the machine."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec

from benchmarks.load import CONNECTIONS, Tool
from benchmarks.report import figure
from benchmarks.rounds import Spread
from benchmarks.run import CONTROL


def conditions(tool: Tool, control: Spread | None) -> dict[str, str]:
    """List the conditions of the figures, and the result of two equal contenders."""
    libraries = ("starlette", "uvicorn", "httptools", "msgspec")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "Python": platform.python_version(),
        **{name: version(name) for name in libraries},
        "event loop": event_loop(),
        "load": f"{tool.name}, {CONNECTIONS} connections",
        "cores": str(os.cpu_count()),
        **({CONTROL: figure(control, "×")} if control else {}),
    }


def event_loop() -> str:
    """Name the loop that Uvicorn chooses by itself, for the mock as for its peers."""
    return f"uvloop {version('uvloop')}" if find_spec("uvloop") else "asyncio"
