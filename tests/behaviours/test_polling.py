"""The `poll` clock: the owner's next poll moves it, and an answer never does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.generation import Life
from mockserver.core.instant import SECOND
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from tests.support.client import Answer, Client
from tests.support.customer import EMAIL, ORDER, PASSWORD

from .played import FOR_EVER, Start, every, life

TWO = (Declaration(email=EMAIL, password=PASSWORD), Declaration(email="two@example.com", password="two", api_key="key"))

# A generation that shows its age: its status is the number of seconds.
AGE = Life(then=(*(Step(status=str(second), lasts=SECOND) for second in range(100)), Step(status="completed")))
AGEING = Scenario(accounts=TWO, generations=(AGE,))

# Each row is a session of letters and, beside it, the age in seconds at which each poll finds the generation.
# s: status by its owner. x: result by its owner. S, X: by another account. n, r: status with no token, with a
# nonsense one. m, h, l: me, history, models. o: another order. O: status of that other.
SESSIONS = {
    "a client that polls finds it a step older each time": ("sssss", (0, 2, 4, 6, 8)),
    "a client that reads the result instead does too": ("xxxx", (0, 2, 4, 6)),
    "status and result in turn move it once a round": ("sxsxsx", (0, 0, 2, 2, 4, 4)),
    "result and status in turn as well": ("xsxs", (0, 0, 2, 2)),
    "two polls and a result": ("ssxssx", (0, 2, 2, 4, 6, 6)),
    "a result between two polls is as old as the last": ("sxss", (0, 0, 2, 4)),
    "me, history and models move nothing": ("smhlsmlhhs", (0, 2, 4)),
    "strangers move nothing": ("sSSXSsXXs", (0, 2, 4)),
    "requests of nobody move nothing": ("snnrrsnrs", (0, 2, 4)),
    "a stranger who asks first does not answer for the owner": ("SXs", (0,)),
    "a client that orders again and comes back finds what it left": ("ssos", (0, 2, 4)),
    "polls of another generation do not age this one": ("soOOOOs", (0, 2)),
}


def asking(owner: Client, letter: str) -> Answer:
    stranger = owner.other("key")
    acts: dict[str, Callable[[], Answer]] = {
        "s": lambda: owner.status(1842),
        "x": lambda: owner.result(1842),
        "S": lambda: stranger.status(1842),
        "X": lambda: stranger.result(1842),
        "n": lambda: owner.other().status(1842),
        "r": lambda: owner.other("nonsense").status(1842),
        "m": lambda: owner.read("/auth/me"),
        "h": lambda: owner.read("/generations"),
        "l": lambda: owner.read("/generations/models"),
        "o": owner.create,
        "O": lambda: owner.status(1843),
    }
    return acts[letter]()


@pytest.mark.assumed
@pytest.mark.parametrize(("session", "ages"), SESSIONS.values(), ids=list(SESSIONS))
def test_a_repeated_poll_finds_a_generation_a_step_older(api: Start, session: str, ages: tuple[int, ...]) -> None:
    owner = api(AGEING).login()
    owner.order()
    answers = [(letter, asking(owner, letter)) for letter in session]
    assert tuple(int(answer.json["status"]) for letter, answer in answers if letter in "sx") == ages


@pytest.mark.assumed
def test_a_client_that_polls_the_result_alone_sees_the_same_five_rounds(you: Client) -> None:
    id_ = you.order()
    seen = [you.result(id_).json["status"] for _ in range(5)]
    assert seen == ["pending", "processing", "processing", "processing", "completed"]


@pytest.mark.assumed
def test_a_poll_before_the_generation_is_visible_counts(api: Start) -> None:
    hidden = Life(visible_after=4 * SECOND)
    you = api(Scenario(generations=(hidden,))).login()
    id_ = you.order()
    answers = [you.status(id_) for _ in range(5)]
    assert [answer.status for answer in answers] == [404, 404, 200, 200, 200]
    assert answers[2].json["progress"] == 33


@pytest.mark.assumed
def test_the_oldest_generation_dates_the_world(api: Start) -> None:
    you = api(AGEING).login()
    first, second = you.order(), you.order()
    for _ in range(4):
        you.status(first)
    you.status(second)
    assert you.status(second).headers["date"] == "Sun, 07 Jun 2026 12:00:06 GMT"


@pytest.mark.assumed
def test_the_step_can_be_longer(api: Start) -> None:
    you = api(Scenario(clock=every(8))).login()
    assert you.polls(you.order()) == [("pending", 0), ("completed", 100)]


@pytest.mark.assumed
def test_the_step_can_be_the_next_visible_change(api: Start) -> None:
    steps = (Step(status="pending", lasts=3600 * SECOND), Step(status="processing", lasts=1, progress=7))
    life_ = Life(then=(*steps, Step(status="completed")))
    you = api(Scenario(clock=ClockSettings(mode=Mode.POLL, step="next"), generations=(life_,))).login()
    assert you.polls(you.order()) == [("pending", 0), ("processing", 7), ("completed", 100)]


@pytest.mark.assumed
def test_a_finished_generation_ages_with_the_world_and_stays_as_it_is(api: Start) -> None:
    you = api(Scenario(generations=(FOR_EVER,))).login()
    id_ = you.order()
    you.polls(id_)
    before = you.result(id_).body
    you.wait(polls=3)
    assert you.result(id_).body == before


@pytest.mark.assumed
def test_polls_of_a_finished_generation_move_nothing(you: Client) -> None:
    id_ = you.order()
    you.polls(id_)
    dates = {you.status(id_).headers["date"] for _ in range(5)}
    assert dates == {"Sun, 07 Jun 2026 12:00:08 GMT"}


@pytest.mark.assumed
def test_on_a_manual_clock_no_poll_moves_time(api: Start) -> None:
    you = api(Scenario(clock=ClockSettings(mode=Mode.MANUAL))).login()
    id_ = you.order()
    assert {you.status(id_).body for _ in range(5)} == {b'{"id":1842,"status":"pending","progress":0}'}


@pytest.mark.assumed
def test_each_of_twenty_clients_that_poll_at_once_sees_the_same_as_one_alone(api: Start) -> None:
    alone = api().login()
    expected = alone.polls(alone.order())
    you = api().login()
    clients = [you.other(you.token) for _ in range(20)]
    ids = [you.order() for _ in clients]
    with ThreadPoolExecutor(len(clients)) as pool:
        assert list(pool.map(Client.polls, clients, ids)) == [expected] * len(clients)


@pytest.mark.assumed
def test_a_stuck_generation_never_ends(api: Start) -> None:
    you = api(Scenario(generations=(life(pending=2, processing=None),))).login()
    id_ = you.order()
    assert [you.status(id_).json["status"] for _ in range(50)] == ["pending"] + ["processing"] * 49


@pytest.mark.assumed
def test_a_refused_order_moves_nothing(you: Client) -> None:
    id_ = you.order()
    seen = []
    for _ in range(3):
        seen.append(you.status(id_).json["progress"])
        assert you.send("/generations", ORDER | {"model_name": "none"}).status == 400
    assert seen == [0, 0, 33]
