from hypothesis import given
from hypothesis import strategies as st

from mockserver.world.file_cache import FileCache


class Maker:
    """Makes files as long as their number, and remembers their numbers."""

    def __init__(self) -> None:
        self.made: list[int] = []

    def take(self, shelf: FileCache, key: int) -> bytes:
        def make() -> bytes:
            self.made.append(key)
            return b"x" * key

        return shelf.take(key, make)


def test_a_file_is_made_once_while_it_is_in_the_cache() -> None:
    shelf, maker = FileCache(), Maker()
    assert maker.take(shelf, 3) is maker.take(shelf, 3)
    assert maker.made == [3]


def test_the_file_used_longest_ago_makes_room() -> None:
    shelf, maker = FileCache(limit=6), Maker()
    for key in (1, 2, 3, 1, 4, 1, 2):
        maker.take(shelf, key)
    assert maker.made == [1, 2, 3, 4, 2]


def test_a_file_too_big_for_the_cache_stays_only_until_the_next_one() -> None:
    shelf, maker = FileCache(limit=5), Maker()
    for key in (9, 9, 2, 9):
        maker.take(shelf, key)
    assert maker.made == [9, 2, 9]


@given(st.lists(st.integers(0, 9)), st.integers(0, 20))
def test_a_file_has_the_same_bytes_after_any_other_files(keys: list[int], limit: int) -> None:
    shelf, maker = FileCache(limit), Maker()
    assert [len(maker.take(shelf, key)) for key in keys] == keys


@given(st.lists(st.integers(1, 9)), st.integers(0, 20))
def test_the_cache_holds_the_last_used_files_that_fit(keys: list[int], limit: int) -> None:
    shelf, maker = FileCache(limit), Maker()
    on_shelf: list[int] = []
    for key in keys:
        made = len(maker.made)
        maker.take(shelf, key)
        assert (len(maker.made) == made) is (key in on_shelf)
        on_shelf = [*(other for other in on_shelf if other != key), key]
        while sum(on_shelf) > limit and len(on_shelf) > 1:
            on_shelf.pop(0)
