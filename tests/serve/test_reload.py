"""A scenario that follows its file: the file is read again when a world starts over, and at no other time."""

import os
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.file import load
from mockserver.language.loaded import HAPPY_PATH, LoadedScenario
from mockserver.serve.reload import Reloading
from mockserver.world.worlds import Worlds

JSON = {"Content-Type": "application/json"}


class Followed:
    """A followed file, and all messages about it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "followed.yaml"
        self.told: list[str] = []
        self.save("seed: 1\n")
        self.reloading = Reloading(load(self.path), lambda told: self.told.append(str(told)))

    def save(self, text: str) -> None:
        self.path.write_text(text, "utf-8")

    @property
    def seed(self) -> int:
        return self.reloading.latest().scenario.seed


@pytest.fixture
def followed(tmp_path: Path) -> Followed:
    return Followed(tmp_path)


def test_an_unchanged_file_is_not_read_again(followed: Followed) -> None:
    before = followed.reloading.latest()
    assert followed.reloading.latest() is before
    assert followed.told == []


def test_a_saved_change_is_read_once_and_reported(followed: Followed) -> None:
    followed.save("seed: 2\n")
    assert (followed.seed, followed.seed) == (2, 2)
    assert followed.told == ["the scenario followed was read again"]


def test_a_change_of_the_same_size_and_time_is_seen(followed: Followed) -> None:
    times = followed.path.stat()
    followed.save("seed: 3\n")
    os.utime(followed.path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert followed.seed == 3


def test_a_broken_save_keeps_the_old_scenario_and_is_reported_once_per_change(followed: Followed) -> None:
    followed.save("sed: 2\n")
    assert (followed.seed, followed.seed) == (1, 1)
    assert followed.told == [
        f'{followed.path}:1:1: unknown key "sed"; did you mean "seed"?',
        "the scenario followed is broken; the last sound one stays in force",
    ]
    followed.save("sed: 3\n")
    assert (followed.seed, len(followed.told)) == (1, 4)
    followed.save("seed: 3\n")
    assert (followed.seed, followed.told[4:]) == (3, ["the scenario followed was read again"])


def test_a_missing_file_counts_as_a_broken_save(followed: Followed) -> None:
    followed.path.unlink()
    assert (followed.seed, len(followed.told)) == (1, 2)
    assert "No such file" in followed.told[0]
    followed.save("seed: 1\n")
    assert (followed.seed, followed.told[2:]) == (1, ["the scenario followed was read again"])


def test_warnings_are_logged_after_a_reload(followed: Followed) -> None:
    followed.save("clock: {mode: manual, rate: 5}\n")
    followed.reloading.latest()
    assert followed.told[1].startswith(f"warning: {followed.path}:1:29: rate: ")


def test_a_parent_that_changes_or_appears_later_is_followed_too(followed: Followed) -> None:
    parent = followed.path.with_name("parent.yaml")
    followed.save("extends: parent.yaml\n")
    assert followed.seed == 1
    parent.write_text("seed: 4\n", "utf-8")
    assert followed.seed == 4
    parent.write_text("seed: 5\n", "utf-8")
    assert followed.seed == 5
    followed.save("seed: 6\n")
    assert followed.seed == 6
    told = len(followed.told)
    parent.write_text("seed: x\n", "utf-8")
    assert (followed.seed, len(followed.told)) == (6, told)


def test_without_a_file_nothing_changes() -> None:
    assert Reloading(HAPPY_PATH, print).latest() is HAPPY_PATH


# A world that starts over


@pytest.fixture
def worlds(followed: Followed) -> Worlds:
    return Worlds(followed.reloading)


def test_a_reset_world_plays_the_last_saved_scenario(followed: Followed, worlds: Worlds) -> None:
    old = worlds.find("default")
    followed.save("seed: 2\n")
    assert worlds.find("default") is old
    new = worlds.reset("default")
    assert worlds.find("default") is new is not old
    assert (old.scenario.seed, new.scenario.seed, new.name) == (1, 2, "default")


def test_a_new_world_plays_the_last_saved_scenario(followed: Followed, worlds: Worlds) -> None:
    followed.save("seed: 2\n")
    assert worlds.find("gw0").scenario.seed == 2
    followed.save("seed: 3\n")
    assert [worlds.find(name).scenario.seed for name in ("gw0", "gw1", "default")] == [2, 3, 1]


def test_the_view_of_a_world_before_its_creation_shows_the_saved_scenario(followed: Followed, worlds: Worlds) -> None:
    assert worlds.scenario("gw0", worlds.present).seed == 1
    followed.save("seed: 2\n")
    assert worlds.scenario("gw0", worlds.present).seed == 2
    assert worlds.scenario("default", worlds.present).seed == 1


def test_a_newly_saved_account_can_log_in_to_a_new_world(followed: Followed, worlds: Worlds) -> None:
    followed.save("accounts: [{email: late@example.com, password: secret}]\n")
    form = {"username": "late+gw0@example.com", "password": "secret"}
    assert TestClient(application(worlds)).post("/api/v1/auth/login", data=form).status_code == 200
    assert list(worlds.present) == ["default", "gw0"]


def test_a_world_with_its_own_scenario_does_not_follow_the_file(followed: Followed, worlds: Worlds) -> None:
    worlds.reset("gw0", LoadedScenario(Scenario(seed=9)))
    followed.save("sede: 2\n")
    assert (worlds.reset("gw0").scenario.seed, worlds.problem("gw0")) == (9, "")
    assert (worlds.reset("default").scenario.seed, worlds.problem("default")) != (1, "")


def test_a_chosen_seed_outlives_a_reload(followed: Followed, worlds: Worlds) -> None:
    assert worlds.reset("default", seed=5).scenario.seed == 5
    followed.save("seed: 2\ndescription: Another.\n")
    new = worlds.reset("default")
    assert (new.scenario.seed, new.scenario.description) == (5, "Another.")


@pytest.mark.parametrize("body", [b"", b"{}", b" {} \n"])
def test_the_route_starts_its_world_over(followed: Followed, worlds: Worlds, body: bytes) -> None:
    client, old = TestClient(application(worlds)), worlds.find("default")
    followed.save("seed: 2\n")
    answer = client.post("/w/default/__mock/reset", content=body, headers=JSON)
    view = answer.json()
    assert (answer.status_code, view["world"], view["seed"], view["text"]) == (200, "default", 2, "seed: 2\n")
    assert worlds.find("default") is not old


@pytest.mark.parametrize("body", [b"[]", b"x" * 100_000, b'{"sead": 7}', b'{"seed": -1}', b'{"scenario": "no-such"}'])
def test_a_reset_that_is_refused_starts_nothing_over(worlds: Worlds, body: bytes) -> None:
    client, old = TestClient(application(worlds)), worlds.find("default")
    answer = client.post("/__mock/reset", content=body, headers=JSON)
    assert answer.status_code == 400
    assert worlds.find("default") is old


def test_only_a_post_starts_anything_over(worlds: Worlds) -> None:
    answer = TestClient(application(worlds)).get("/__mock/reset")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_the_answer_of_a_reset_says_why_a_broken_save_is_not_played(followed: Followed, worlds: Worlds) -> None:
    client = TestClient(application(worlds))
    followed.save("sede: 6\n")
    answer = client.post("/__mock/reset").json()
    assert answer["problem"] == (
        f'{followed.path}:1:1: unknown key "sede"; did you mean "seed"?\nthe last sound scenario stays in force'
    )
    assert client.post("/__mock/reset").json() == client.get("/__mock/scenario").json() == answer
    followed.save("seed: 7\n")
    assert client.post("/__mock/reset").json()["seed"] == 7
    assert "problem" not in client.get("/__mock/scenario").json()
