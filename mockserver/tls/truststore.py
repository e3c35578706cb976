"""What clients of any language need to trust an authority: files in a folder, and the variables that lead to them.

A variable that takes the place of a client's own store leads to the public roots and the authority together.
"""

import os
import shlex
import ssl
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from mockserver.tls.authority import MAKER, Authority, standard
from mockserver.tls.kept_files import replace, using

_HASHED: Final = "[0-9a-f]" * 8 + ".[0-9]*"
"""Source: OpenSSL, X509_LOOKUP_hash_dir(3): what the files are called that it finds in a folder of certificates."""


def publish(authority: Authority, folder: Path) -> Mapping[str, str]:
    """Write the files for clients into a folder, and return the variables by which clients find them there.

    `env` holds the same variables, one a line, as a shell reads them; and as Docker and GitHub do if the folder's path
    needs no quotes. Whoever reads the files elsewhere must have the folder at the same path. CannotKeep where the
    folder cannot be made or written.
    """
    folder = folder.absolute()
    variables = _variables(folder)
    with using(folder):
        (folder / "php").mkdir(parents=True, exist_ok=True)
        for name, content in _files(authority, folder / "bundle.pem"):
            replace(folder / name, content)
        replace(folder / "env", _text("".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())))
    return variables


def _variables(folder: Path) -> dict[str, str]:
    alone, bundle = str(folder / "ca.pem"), str(folder / "bundle.pem")
    return {
        **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), bundle),
        **dict.fromkeys(("NODE_EXTRA_CA_CERTS", "DENO_CERT"), alone),
        # Java takes this apart by the quotes of a shell.
        "JAVA_TOOL_OPTIONS": shlex.quote(f"-Djavax.net.ssl.trustStore={folder / 'truststore.p12'}"),
        # The empty entry is PHP's own folder.
        "PHP_INI_SCAN_DIR": f"{os.pathsep}{folder / 'php'}",
        "WGETRC": str(folder / "wgetrc"),
    }


def _files(authority: Authority, bundle: Path) -> Iterator[tuple[str, bytes]]:
    ours, roots = ssl.PEM_cert_to_DER_cert(authority.certificate), _public_roots()
    quoted = shlex.quote(str(bundle))
    yield "ca.pem", authority.certificate.encode()
    yield bundle.name, "".join((*map(ssl.DER_cert_to_PEM_cert, roots), authority.certificate)).encode()
    yield "truststore.p12", _for_java([*roots, ours])
    yield "wgetrc", _text(f"ca_certificate = {bundle}\n")
    yield "php/imaginelab-mock.ini", _text(f"curl.cainfo = {quoted}\nopenssl.cafile = {quoted}\n")


def _text(text: str) -> bytes:
    # A path of a file system may be what no encoding knows.
    return os.fsencode(text)


def _public_roots() -> list[bytes]:
    """Return whom this system trusts, as the variables have it, but for authorities of the mock: one may write them."""
    context = standard(ssl.SSLContext, "ssl")(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    paths = ssl.get_default_verify_paths()
    # OpenSSL looks into a folder when it meets a stranger, and does not list what is there.
    for folder in filter(None, os.environ.get(paths.openssl_capath_env, paths.openssl_capath).split(os.pathsep)):
        for file in sorted(Path(folder).glob(_HASHED)):
            with suppress(OSError):
                context.load_verify_locations(file)
    return [root for root in context.get_ca_certs(binary_form=True) if MAKER.encode() not in root]


def _for_java(certificates: Iterable[bytes]) -> bytes:
    """Return a PKCS #12 store without a password, which Java reads without being told one."""
    # Not at the top: it comes with the library of the authority, and takes long to import.
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import NoEncryption
    from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore

    entries = []
    # Among the public roots are some that it warns of or refuses, as they do not keep to the letter of the standard.
    with warnings.catch_warnings(action="ignore"):
        for i, certificate in enumerate(certificates):
            with suppress(ValueError, x509.InvalidVersion):
                entries.append(PKCS12Certificate(x509.load_der_x509_certificate(certificate), b"%d" % i))
    return serialize_java_truststore(entries, NoEncryption())
