"""Files that are seen whole or not at all, and who wins where two write the same one."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.tls.kept_files import CannotKeep, claim, replace, using


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize(("write", "mode"), [(replace, 0o644), (claim, 0o600)])
def test_the_mode_of_a_kept_file_does_not_depend_on_the_umask(
    write: Callable[[Path, bytes], None], mode: int, umask: int, file: Path
) -> None:
    before = os.umask(umask)
    try:
        write(file, b"text")
    finally:
        os.umask(before)
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"text", mode)


def test_who_reads_a_file_that_is_replaced_reads_all_of_what_it_held(file: Path) -> None:
    replace(file, b"old")
    with file.open("rb") as reader:
        replace(file, b"a new one")
        assert (reader.read(), file.read_bytes()) == (b"old", b"a new one")


def test_the_first_claim_wins(file: Path) -> None:
    claim(file, b"one")
    claim(file, b"other")
    assert file.read_bytes() == b"one"


def test_nothing_else_is_left_whether_or_not_it_succeeds(file: Path) -> None:
    file.mkdir()
    with using(file.parent):
        claim(file, b"text")
    with pytest.raises(CannotKeep, match=r": Is a directory; mend that, or name another folder"), using(file.parent):
        replace(file, b"text")
    assert list(file.parent.iterdir()) == [file]


def test_only_what_the_system_refuses_is_told_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^ours$"), using(tmp_path):
        raise ValueError("ours")
