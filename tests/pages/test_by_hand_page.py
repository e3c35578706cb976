"""The page by hand is true: a test runs its lines of shell in order, in one shell, against one server."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from mockserver.client import MockServer
from mockserver.http.app import application
from mockserver.language.loaded import HAPPY_PATH, FixedSource
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds

from .markdown import ROOT, blocks, section, text

PAGE: Final = text(ROOT / "docs" / "by-hand.md")
ADDRESS: Final = "http://127.0.0.1:8402"
SHELL: Final = shutil.which("sh") or "sh"
needs_curl: Final = pytest.mark.skipif(not shutil.which("curl"), reason="CI has it")


def typed(page: str, folder: Path) -> list[str]:
    """Run the blocks of shell in order, in one shell; return the output of each."""
    with ServerThread(application(Worlds(FixedSource(HAPPY_PATH)))) as server:
        named = page.replace(ADDRESS, server.url)
        quiet = 'curl() { command curl --silent --show-error "$@"; }\n'
        script = "set -eu\n" + quiet + "printf '\\036'\n".join(blocks(named, "sh"))
        ended = subprocess.run(
            [SHELL, "-c", script], cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.split("\x1e")


def last(output: str) -> Any:
    """The last of several JSON objects in an output, which need no line break between them."""
    return json.loads(output[output.rindex('{"') :] if output.count("}{") else output)


@needs_curl
def test_the_lines_of_shell_run_as_the_page_says(tmp_path: Path) -> None:
    order, result, _loaded, orders, journal, moved, over = typed(PAGE, tmp_path)
    made, status = order.split("\n")
    assert (json.loads(made)["id"], json.loads(status)["status"]) == (1842, "pending")
    assert json.loads(result)["id"] == 1842
    assert orders.count('"detail":"Too Many Requests"') == 1
    told = json.loads(journal)
    assert [each["answer"]["status"] for each in told["exchanges"]] == [201, 201, 429]
    assert [each["rules"] for each in told["exchanges"]][2] != []
    assert (json.loads(moved)["moved"], json.loads(over)["name"]) == (600, "rate-limited")


def test_the_page_reads_the_journal_before_the_reset() -> None:
    steps = re.findall(r"/__mock/(scenario|journal|clock/advance|reset)\b", "".join(blocks(PAGE, "sh")))
    assert steps == ["scenario", "journal", "clock/advance", "reset"]
    assert section(PAGE, "Steer it").index("for order in") < section(PAGE, "Steer it").index("/__mock/journal")


def test_the_page_has_the_real_line_of_a_listening_server() -> None:
    assert "imaginelab-mock listening on http://127.0.0.1:8402 (scenario happy-path, seed 1842)\n" in PAGE


def test_the_example_of_the_control_plane_needs_only_the_client() -> None:
    [example] = [block for block in blocks(PAGE, "python") if "mockserver" in block]
    assert re.findall(r"^from (\S+) import", example, re.MULTILINE) == [MockServer.__module__.rpartition(".")[0]]
