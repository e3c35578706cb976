import pytest

from mockserver.patching.waits.scheduler import Date

# Each row, in half seconds: pairs of the clock's new time or None and the real time, and the date shown after each.
NIGHTS = {
    "it is the clock's": ([(None, 0), (4, 0), (5, 1)], [0, 4, 5]),
    "it stands still for less than a second": ([(None, 1), (4, 2), (None, 3)], [0, 4, 4]),
    "it goes on in whole seconds": ([(None, 2), (None, 3), (None, 5)], [2, 2, 4]),
    "real time counts from the last move": ([(4, 3), (None, 4), (None, 5)], [4, 4, 6]),
    "it does not go back": ([(None, 9), (1, 9), (7, 9), (9, 9)], [8, 8, 8, 9]),
}


@pytest.mark.parametrize(("moves", "shown"), NIGHTS.values(), ids=list(NIGHTS))
def test_the_date_that_is_shown(moves: list[tuple[int | None, int]], shown: list[int]) -> None:
    date, half = Date(0, 0), 500_000
    seen = []
    for now, elapsed in moves:
        if now is not None:
            date.move(now * half, elapsed * half)
        seen.append(date.at(elapsed * half) / half)
    assert seen == shown
