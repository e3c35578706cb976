"""The folder that keeps an authority. Each file is written aside and renamed, so that no reader sees half of one."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

KEY: Final = "ca.key"
"""The file with the authority's private key and certificate."""

CERTIFICATE: Final = "ca.pem"
"""The file with the authority's certificate alone."""

OTHERS: Final = ("bundle.pem", "truststore.p12", "wgetrc", "php", "env")
"""The further files by which clients trust the authority."""

ANOTHER: Final = "name another folder with --ca-dir"
"""The way out that ends each error about a folder."""


class CannotKeep(Exception):
    """A folder cannot keep an authority; the text is one sentence with the reason and the way out."""


@contextmanager
def folder_errors(folder: Path) -> Iterator[None]:
    """Raise each OSError of the `with` block as CannotKeep, with the folder's name and the way out."""
    try:
        yield
    except OSError as problem:
        # `mkdir` reports FileExistsError when a file stands where the folder should be.
        reason = os.strerror(errno.ENOTDIR) if isinstance(problem, FileExistsError) else problem.strerror
        refusal = f"{folder} cannot keep a certificate authority: {problem.filename or folder}: {reason}"
        raise CannotKeep(f"{refusal}; mend that, or {ANOTHER}") from problem


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that every user may read, in place of an older one. Raises OSError if that fails."""
    with _draft(path, content) as draft:
        draft.chmod(0o644)
        draft.replace(path)


def create_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, unless it exists: of several processes, the first wins.

    Raises OSError if the file cannot be written.
    """
    with _draft(path, content) as draft, suppress(FileExistsError):
        path.hardlink_to(draft)


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    """Yield a temporary file with this content beside `path`; only its owner may read it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            # Without this, a machine that loses power could keep the file's name and lose its content.
            os.fsync(handle)
        yield draft
    finally:
        draft.unlink(missing_ok=True)
