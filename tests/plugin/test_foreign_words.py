"""A test whose client and scenario are hostile is reported in printable lines."""

from pathlib import Path

import pytest

from mockserver.testing.guarded import summary
from mockserver.testing.play import CannotPlay, play
from tests.support.foreign import HOSTILE

from .sessions import HEAD, Run

SESSION = (
    HEAD
    + f"""
HOSTILE = {HOSTILE!r}
"""
    + r'''
RULES = r"""
faults:
  - {on: create, when: {"settings.\e[2J": "\e[2J\u2028"}, then: {status: 500}}
  - {on: models, then: {status: 503, detail: "\e[2J\u202e\x9b"}}
  - {on: login, when: {account: "x*"}, then: {status: 503, detail: "\e[2J\u202e\n2026"}}
"""

@pytest.mark.imaginelab(RULES)
def test_story(imaginelab):
    import json, urllib.error, urllib.parse, urllib.request
    base = imaginelab.base_url
    escaped = urllib.parse.quote(HOSTILE)
    for path in ("/generations/models", f"/{escaped}", f"/generations/models?a={escaped}"):
        try:
            urllib.request.urlopen(base + path)
        except urllib.error.HTTPError:
            pass

    def post(path, view):
        headers = {"Authorization": f"Bearer {imaginelab.token()}", "Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(base + path, json.dumps(view).encode(), headers))

    post("/auth/signup", {"email": "x\u202e\x7f\x9b@b.co", "password": HOSTILE})
    order = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": HOSTILE}
    post("/generations", {**order, "settings": {HOSTILE: HOSTILE}})
    imaginelab.token("x\u202e\x7f\x9b@b.co", HOSTILE)
'''
)


def test_the_report_of_a_hostile_story_is_printable(run: Run) -> None:
    result = run(SESSION)
    result.assert_outcomes(failed=1)
    assert any("was answered 503" in line for line in result.outlines)
    assert any("never fired" in line for line in result.outlines)
    assert [line for line in result.outlines if not line.isprintable()] == []


def test_a_file_of_a_hostile_name_is_missed_in_one_printable_line(tmp_path: Path) -> None:
    name = f"{HOSTILE}.yaml".replace("\n", "")
    with pytest.raises(CannotPlay, match="there is no file x") as problem:
        play([((name,), {})], [tmp_path])
    assert str(problem.value).isprintable()


def test_the_summary_of_the_guard_is_printable() -> None:
    assert all(map(str.isprintable, summary([(1, HOSTILE)])))
