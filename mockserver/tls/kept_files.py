"""Files in a folder that is kept: nobody ever sees one half written, as each is written aside and put there at once."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

KEY: Final = "ca.key"
CERTIFICATE: Final = "ca.pem"
OTHERS: Final = ("bundle.pem", "truststore.p12", "wgetrc", "php", "env")
"""What lies in an authority's folder: its private key, its certificate, and what else its clients need to trust it."""

ANOTHER: Final = "name another folder with --ca-dir"
"""The way out of whatever is wrong with one."""


class CannotKeep(Exception):
    """A folder cannot be what an authority is kept in; the text is one sentence with the reason and the way out."""


@contextmanager
def using(folder: Path) -> Iterator[None]:
    """Raise CannotKeep where the system refuses to do something with a folder within a `with` block."""
    try:
        yield
    except OSError as problem:
        # It exists, and still the system was asked to make it: a file where there has to be a folder.
        reason = os.strerror(errno.ENOTDIR) if isinstance(problem, FileExistsError) else problem.strerror
        refusal = f"{folder} cannot keep a certificate authority: {problem.filename or folder}: {reason}"
        raise CannotKeep(f"{refusal}; mend that, or {ANOTHER}") from problem


def replace(path: Path, content: bytes) -> None:
    """Have a file hold this, for everybody to read, in the place of what it held; OSError where that cannot be done."""
    with _draft(path, content) as draft:
        draft.chmod(0o644)
        draft.replace(path)


def claim(path: Path, content: bytes) -> None:
    """Have a file hold this, for nobody but its owner to read, unless it is there: the first of several wins.

    OSError where that cannot be done.
    """
    with _draft(path, content) as draft, suppress(FileExistsError):
        path.hardlink_to(draft)


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    """Yield a file with this content in the same folder, which only its owner can read, until the block ends."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            # Or a machine that loses its power may know of the file afterwards, and not of what it holds.
            os.fsync(handle)
        yield draft
    finally:
        draft.unlink(missing_ok=True)
