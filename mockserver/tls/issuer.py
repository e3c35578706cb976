"""A certificate authority that a folder keeps, which can issue certificates for the mock's own names alone.

One file holds both key and certificate: when several servers start at the same moment, one makes the file and all read
it. The authority is valid until the year 3000, so that a test with any date can use it. The import of this module is
slow.
"""

import stat
from collections.abc import Iterable, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import (
    Certificate,
    CertificateBuilder,
    DNSName,
    ExtensionNotFound,
    GeneralName,
    IPAddress,
    NameConstraints,
    load_pem_x509_certificate,
)
from cryptography.x509.oid import NameOID
from trustme import CA

from mockserver.tls.folder import ANOTHER, CERTIFICATE, KEY, OTHERS, CannotKeep, create_file, folder_errors


def kept(folder: Path, names: Iterable[str], fresh: CA) -> CA:
    """Return the authority that a folder keeps; if it keeps none, limit `fresh` to these names and keep that one.

    A name can be an IP address. A stolen key can impersonate only the mock, because of that limit. Raises
    CannotKeep if the folder cannot be used, holds files that are not the mock's, or keeps an authority that
    excludes one of the names.
    """
    file, subtrees = folder / KEY, [_subtree(name) for name in names]
    with folder_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # This looks before it asks for the key: another process that starts now makes the key first, then these files.
        others = [name for name in (CERTIFICATE, *OTHERS) if (folder / name).exists()]
        if not file.exists():
            if others:
                raise CannotKeep(f"{folder} has no {KEY}, so its {_listed(others)} may be anybody's; {ANOTHER}")
            create_file(file, fresh.private_key_pem.bytes() + _limited(fresh, subtrees))
        issuer = _read(file, fresh)
        _check_certificate(folder / CERTIFICATE, issuer.cert_pem.bytes())
    _check_names(file, issuer, subtrees)
    return issuer


def _read(file: Path, fresh: CA) -> CA:
    pem = file.read_bytes()
    try:
        certificate = load_pem_x509_certificate(pem)
        ours = _organization(certificate) == _organization(_certificate(fresh))
        matches = certificate.public_key() == load_pem_private_key(pem, None).public_key()
        whole = ours and matches and bool(_permitted(certificate))
    except (ValueError, TypeError, UnsupportedAlgorithm, ExtensionNotFound):
        whole = False
    if not whole:
        raise CannotKeep(f"{file} is damaged or was not made by this program; empty the folder, or {ANOTHER}")
    _close(file)
    return CA.from_pem(pem, pem)


def _certificate(issuer: CA) -> Certificate:
    return load_pem_x509_certificate(issuer.cert_pem.bytes())


def _organization(certificate: Certificate) -> list[str | bytes]:
    return [each.value for each in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]


def _permitted(certificate: Certificate) -> Sequence[GeneralName]:
    return certificate.extensions.get_extension_for_class(NameConstraints).value.permitted_subtrees or ()


def _close(file: Path) -> None:
    """Make a key unreadable for other users. A copied or checked out file is often readable for all users."""
    if file.stat().st_mode & stat.S_IRWXO:
        try:
            file.chmod(stat.S_IRUSR | stat.S_IWUSR)
        except OSError as problem:
            refusal = f"everybody may read {file}, and that cannot be changed: {problem.strerror}"
            raise CannotKeep(f"{refusal}; give it the mode 0400 or 0440, or {ANOTHER}") from problem


def _check_certificate(file: Path, certificate: bytes) -> None:
    # An interrupted copy has the beginning of the certificate, and is replaced later.
    if file.exists() and not certificate.startswith(file.read_bytes()):
        raise CannotKeep(f"{file} is not the certificate of the {KEY} beside it; delete it, or {ANOTHER}")


def _check_names(file: Path, issuer: CA, subtrees: Iterable[GeneralName]) -> None:
    permitted = _permitted(_certificate(issuer))
    if further := [subtree for subtree in subtrees if subtree not in permitted]:
        refusal = f"{file} can vouch for {_listed(permitted)} alone, not for {_listed(further)}"
        raise CannotKeep(f"{refusal}; empty the folder for a new one, which clients have to trust anew, or {ANOTHER}")


def _listed(things: Iterable[str | GeneralName]) -> str:
    return ", ".join(thing if isinstance(thing, str) else str(thing.value).partition("/")[0] for thing in things)


def _subtree(name: str) -> GeneralName:
    try:
        return IPAddress(ip_network(name))
    except ValueError:
        return DNSName(name)


def _limited(issuer: CA, subtrees: Iterable[GeneralName]) -> bytes:
    """Return the certificate of an authority, in PEM, limited to these names."""
    made = _certificate(issuer)
    builder = (
        CertificateBuilder()
        .subject_name(made.subject)
        .issuer_name(made.issuer)
        .public_key(made.public_key())
        .serial_number(made.serial_number)
        .not_valid_before(made.not_valid_before_utc)
        .not_valid_after(made.not_valid_after_utc)
        .add_extension(NameConstraints(list(subtrees), None), critical=True)
    )
    for extension in made.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    key = load_pem_private_key(issuer.private_key_pem.bytes(), None)
    return builder.sign(cast("EllipticCurvePrivateKey", key), SHA256()).public_bytes(Encoding.PEM)
