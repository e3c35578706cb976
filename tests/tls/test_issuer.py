"""The authority that is kept in a folder: one for all processes, and valid only for the names of the mock."""

import ctypes
import gc
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PosixPath
from threading import Barrier
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509 import NameConstraints, load_pem_x509_certificate
from trustme import CA

from mockserver.tls.folder import CannotKeep
from mockserver.tls.issuer import kept

NAMES: Final = ("mock.example", "127.0.0.1")
WAY_OUT: Final = "name another folder with --ca-dir"


def fresh() -> CA:
    return CA(organization_name="imaginelab-mock")


def refusal(folder: Path, *names: str) -> str:
    """The error for a folder that cannot be used, without its path."""
    with pytest.raises(CannotKeep) as problem:
        kept(folder, (*NAMES, *names), fresh())
    return str(problem.value).replace(str(folder), "FOLDER")


def test_the_next_process_gets_the_authority_of_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    one = kept(folder, NAMES, fresh())
    other = kept(folder, NAMES, fresh())
    assert other.cert_pem.bytes() == one.cert_pem.bytes()
    assert other.private_key_pem.bytes() == one.private_key_pem.bytes()


def test_only_the_key_is_left_in_the_folder_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    kept(tmp_path, NAMES, fresh())
    (file,) = tmp_path.iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode)) == ("ca.key", 0o600)


def test_processes_that_start_at_the_same_moment_keep_the_same_authority(tmp_path: Path) -> None:
    many = 8
    start = Barrier(many)

    def one(_: int) -> bytes:
        own = fresh()
        start.wait(30)
        return kept(tmp_path / "new", NAMES, own).cert_pem.bytes()

    with ThreadPoolExecutor(many) as pool:
        assert len(set(pool.map(one, range(many)))) == 1
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["ca.key"]


class Watched(PosixPath):
    """A path of a folder in which another server makes key and certificate just before the certificate is read."""

    def exists(self) -> bool:
        folder = Path(self).parent
        if self.name == "ca.pem" and not (folder / "ca.key").exists():
            (folder / "ca.pem").write_bytes(kept(folder, NAMES, fresh()).cert_pem.bytes())
        return super().exists()


def test_a_file_that_another_server_is_writing_is_not_refused(tmp_path: Path) -> None:
    found = kept(Watched(tmp_path), NAMES, fresh())
    assert found.cert_pem.bytes() == (tmp_path / "ca.pem").read_bytes()


def test_the_limits_of_the_authority_are_critical_for_verifiers(tmp_path: Path) -> None:
    """Source: RFC 5280, 4.2.1.10."""
    certificate = load_pem_x509_certificate(kept(tmp_path, NAMES, fresh()).cert_pem.bytes())
    assert certificate.extensions.get_extension_for_class(NameConstraints).critical


def test_a_key_that_others_may_read_is_made_private(tmp_path: Path) -> None:
    kept(tmp_path, NAMES, fresh())
    (tmp_path / "ca.key").chmod(0o644)
    kept(tmp_path, NAMES, fresh())
    assert stat.S_IMODE((tmp_path / "ca.key").stat().st_mode) == 0o600


def test_a_key_that_its_group_may_read_keeps_its_mode(tmp_path: Path) -> None:
    kept(tmp_path, NAMES, fresh())
    (tmp_path / "ca.key").chmod(0o440)
    kept(tmp_path, NAMES, fresh())
    assert stat.S_IMODE((tmp_path / "ca.key").stat().st_mode) == 0o440


def test_fewer_names_keep_the_same_authority(tmp_path: Path) -> None:
    one = kept(tmp_path, NAMES, fresh())
    assert kept(tmp_path, NAMES[:1], fresh()).cert_pem.bytes() == one.cert_pem.bytes()


def test_a_further_name_is_refused_with_the_advice_to_make_a_new_authority(tmp_path: Path) -> None:
    kept(tmp_path, NAMES, fresh())
    assert refusal(tmp_path, "other.example", "::1") == (
        "FOLDER/ca.key can vouch for mock.example, 127.0.0.1 alone, not for other.example, ::1; "
        f"empty the folder for a new one, which clients have to trust anew, or {WAY_OUT}"
    )


def test_a_copy_of_the_certificate_may_be_complete_or_truncated(tmp_path: Path) -> None:
    whole = kept(tmp_path, NAMES, fresh()).cert_pem.bytes()
    for size in (0, 100, len(whole)):
        (tmp_path / "ca.pem").write_bytes(whole[:size])
        assert kept(tmp_path, NAMES, fresh()).cert_pem.bytes() == whole


# Foreign files in the folder of a kept authority.


def the_certificate_of_another(folder: Path) -> None:
    (folder / "ca.pem").write_bytes(fresh().cert_pem.bytes())


def no_key(folder: Path) -> None:
    (folder / "ca.key").unlink()
    (folder / "ca.pem").touch()
    (folder / "env").touch()


def half_a_key(folder: Path) -> None:
    text = (folder / "ca.key").read_bytes()
    (folder / "ca.key").write_bytes(text[: len(text) // 2])


def an_empty_key(folder: Path) -> None:
    (folder / "ca.key").write_bytes(b"")


def another_key(folder: Path) -> None:
    text = (folder / "ca.key").read_bytes()
    (folder / "ca.key").write_bytes(fresh().private_key_pem.bytes() + text[text.index(b"-----BEGIN CERT") :])


def a_company(folder: Path) -> None:
    kept(folder / "company", NAMES, CA(organization_name="A company"))
    (folder / "company" / "ca.key").replace(folder / "ca.key")


def somebody_unlimited(folder: Path) -> None:
    unlimited = fresh()
    (folder / "ca.key").write_bytes(unlimited.private_key_pem.bytes() + unlimited.cert_pem.bytes())


def a_key_with_a_password(folder: Path) -> None:
    key = generate_private_key(SECP256R1())
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    (folder / "ca.key").write_bytes(locked + fresh().cert_pem.bytes())


def a_folder(folder: Path) -> None:
    (folder / "ca.key").unlink()
    (folder / "ca.key").mkdir()


NOT_OURS: Final = f"FOLDER/ca.key is damaged or was not made by this program; empty the folder, or {WAY_OUT}"


@pytest.mark.parametrize(
    ("put", "sentence"),
    [
        (
            the_certificate_of_another,
            f"FOLDER/ca.pem is not the certificate of the ca.key beside it; delete it, or {WAY_OUT}",
        ),
        (no_key, f"FOLDER has no ca.key, so its ca.pem, env may be anybody's; {WAY_OUT}"),
        (half_a_key, NOT_OURS),
        (an_empty_key, NOT_OURS),
        (another_key, NOT_OURS),
        (a_company, NOT_OURS),
        (somebody_unlimited, NOT_OURS),
        (a_key_with_a_password, NOT_OURS),
        (
            a_folder,
            f"FOLDER cannot keep a certificate authority: FOLDER/ca.key: Is a directory; mend that, or {WAY_OUT}",
        ),
    ],
)
def test_foreign_files_are_refused_and_stay_unchanged(
    put: Callable[[Path], None], sentence: str, tmp_path: Path
) -> None:
    kept(tmp_path, NAMES, fresh())
    put(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    assert refusal(tmp_path) == sentence
    assert {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before


@pytest.mark.parametrize("below", ["", "new"])
def test_a_file_in_place_of_the_folder_is_refused(below: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refusal(tmp_path / "file" / below)
    assert said == f"FOLDER cannot keep a certificate authority: FOLDER: Not a directory; mend that, or {WAY_OUT}"


# Actions that the system refuses to users other than root.

ANOTHER_USER: Final = 65534
AsAnother = Callable[[Callable[[], str]], str]


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user can reach; only the owner can reach the folders of pytest."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def by_another_user() -> Iterator[AsAnother]:
    """Call a function in a thread that has another user's rights on files."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can be another user")
    # A garbage collection in that thread could try to delete files that belong to root.
    gc.disable()
    with ThreadPoolExecutor(1, initializer=ctypes.CDLL(None).setfsuid, initargs=(ANOTHER_USER,)) as pool:
        yield lambda call: pool.submit(call).result(60)
    gc.enable()


def test_a_folder_without_the_right_to_write_is_an_error(shared: Path, by_another_user: AsAnother) -> None:
    said = by_another_user(lambda: refusal(shared))
    assert re.fullmatch(
        r"FOLDER cannot keep a certificate authority: FOLDER/\S+: Permission denied; mend that, or " + WAY_OUT, said
    )
    assert list(shared.iterdir()) == []


def test_a_key_that_cannot_be_read_is_an_error(shared: Path, by_another_user: AsAnother) -> None:
    kept(shared, NAMES, fresh())
    said = by_another_user(lambda: refusal(shared))
    assert said == (
        f"FOLDER cannot keep a certificate authority: FOLDER/ca.key: Permission denied; mend that, or {WAY_OUT}"
    )


def test_a_key_that_cannot_be_made_private_is_an_error(shared: Path, by_another_user: AsAnother) -> None:
    kept(shared, NAMES, fresh())
    (shared / "ca.key").chmod(0o444)
    said = by_another_user(lambda: refusal(shared))
    assert said == (
        "everybody may read FOLDER/ca.key, and that cannot be changed: Operation not permitted; "
        f"give it the mode 0400 or 0440, or {WAY_OUT}"
    )


def test_a_private_key_is_used_without_the_right_to_write(shared: Path, by_another_user: AsAnother) -> None:
    one = kept(shared, NAMES, fresh()).cert_pem.bytes().decode()
    os.chown(shared / "ca.key", ANOTHER_USER, -1)
    assert by_another_user(lambda: kept(shared, NAMES, fresh()).cert_pem.bytes().decode()) == one
