"""Files that a reader sees whole or not at all; the first of two processes that create one wins."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.tls.folder import CannotKeep, create_file, folder_errors, replace_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize(("write", "mode"), [(replace_file, 0o644), (create_file, 0o600)])
def test_the_mode_of_a_kept_file_does_not_depend_on_the_umask(
    write: Callable[[Path, bytes], None], mode: int, umask: int, file: Path
) -> None:
    before = os.umask(umask)
    try:
        write(file, b"text")
    finally:
        os.umask(before)
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"text", mode)


def test_a_reader_of_a_replaced_file_reads_all_of_the_old_content(file: Path) -> None:
    replace_file(file, b"old")
    with file.open("rb") as reader:
        replace_file(file, b"a new one")
        assert (reader.read(), file.read_bytes()) == (b"old", b"a new one")


def test_the_first_creation_of_a_file_wins(file: Path) -> None:
    create_file(file, b"one")
    create_file(file, b"other")
    assert file.read_bytes() == b"one"


def test_no_temporary_file_is_left_after_success_or_failure(file: Path) -> None:
    file.mkdir()
    with folder_errors(file.parent):
        create_file(file, b"text")
    with (
        pytest.raises(CannotKeep, match=r": Is a directory; mend that, or name another folder"),
        folder_errors(file.parent),
    ):
        replace_file(file, b"text")
    assert list(file.parent.iterdir()) == [file]


def test_only_errors_of_the_system_become_cannot_keep(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^ours$"), folder_errors(tmp_path):
        raise ValueError("ours")
