"""Who issues certificates at each start of a server, kept in a folder, and able to vouch for nobody but the mock.

One file holds both key and certificate, so that of servers that start at the same moment one makes it, and all read
it. It lasts until the year 3000: nobody has to ask what time it is.

This takes long to import.
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

from mockserver.tls.kept_files import ANOTHER, CERTIFICATE, KEY, OTHERS, CannotKeep, claim, using


def kept(folder: Path, names: Iterable[str], fresh: CA) -> CA:
    """Return the issuer that a folder keeps; a fresh one from now on, limited to these names, if it keeps none.

    Whoever gets hold of its key can thus pretend to be nobody else; an IP address is a name too. CannotKeep if the
    folder is of no use, holds what is not the mock's, or keeps an issuer that is not good for one of the names.
    """
    file, subtrees = folder / KEY, [_subtree(name) for name in names]
    with using(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # Asked before the key, which is made before them: somebody else may be at it right now.
        strangers = [name for name in (CERTIFICATE, *OTHERS) if (folder / name).exists()]
        if not file.exists():
            if strangers:
                raise CannotKeep(f"{folder} has no {KEY}, so its {_listed(strangers)} may be anybody's; {ANOTHER}")
            claim(file, fresh.private_key_pem.bytes() + _limited(fresh, subtrees))
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
    """Take a key from those whom it is nothing to: copies and checkouts tend to be for everybody to read."""
    if file.stat().st_mode & stat.S_IRWXO:
        try:
            file.chmod(stat.S_IRUSR | stat.S_IWUSR)
        except OSError as problem:
            refusal = f"everybody may read {file}, and that cannot be changed: {problem.strerror}"
            raise CannotKeep(f"{refusal}; give it the mode 0400 or 0440, or {ANOTHER}") from problem


def _check_certificate(file: Path, certificate: bytes) -> None:
    # The beginning of it is what a copy may have come to.
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
    """Return the certificate of an issuer, in PEM, as one that is worth nothing for other names."""
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
