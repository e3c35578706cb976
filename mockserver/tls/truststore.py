"""Files by which clients in any language trust an authority, and the environment variables that name these files.

Some variables replace a client's own store of authorities. They name a file with both the public roots and the mock's
authority.
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
from mockserver.tls.folder import folder_errors, replace_file

_HASHED: Final = "[0-9a-f]" * 8 + ".[0-9]*"
"""The names of the files that OpenSSL reads in a folder. Source: OpenSSL, X509_LOOKUP_hash_dir(3)."""


def publish(authority: Authority, folder: Path) -> Mapping[str, str]:
    """Write the files for clients into a folder, and return the variables by which clients find them.

    The file `env` holds the same variables, one a line, as a shell reads them. Docker and GitHub can read it too if
    the folder's path needs no quotes. A container or machine that reads the files must have the folder at the same
    path. Raises CannotKeep if the folder cannot be made or written.
    """
    folder = folder.absolute()
    variables = _variables(folder)
    with folder_errors(folder):
        (folder / "php").mkdir(parents=True, exist_ok=True)
        for name, content in _files(authority, folder / "bundle.pem"):
            replace_file(folder / name, content)
        replace_file(
            folder / "env", _text("".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items()))
        )
    return variables


def _variables(folder: Path) -> dict[str, str]:
    alone, bundle = str(folder / "ca.pem"), str(folder / "bundle.pem")
    return {
        **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), bundle),
        **dict.fromkeys(("NODE_EXTRA_CA_CERTS", "DENO_CERT"), alone),
        # Java splits this value at spaces outside quotes, as a shell does.
        "JAVA_TOOL_OPTIONS": shlex.quote(f"-Djavax.net.ssl.trustStore={folder / 'truststore.p12'}"),
        # The empty entry stands for PHP's own folder.
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
    # A path can hold bytes that are no valid UTF-8.
    return os.fsencode(text)


def _public_roots() -> list[bytes]:
    """Return the authorities that this system or its variables trust, without any that a mock made."""
    context = standard(ssl.SSLContext, "ssl")(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    paths = ssl.get_default_verify_paths()
    # `get_ca_certs` omits the certificates of a folder, which OpenSSL reads only on need. So each file is loaded here.
    for folder in filter(None, os.environ.get(paths.openssl_capath_env, paths.openssl_capath).split(os.pathsep)):
        for file in sorted(Path(folder).glob(_HASHED)):
            with suppress(OSError):
                context.load_verify_locations(file)
    return [root for root in context.get_ca_certs(binary_form=True) if MAKER.encode() not in root]


def _for_java(certificates: Iterable[bytes]) -> bytes:
    """Return a PKCS #12 store without a password, as Java expects by default."""
    # Not at the top: it comes with the extra `tls`, and its import is slow.
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import NoEncryption
    from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore

    entries = []
    # Some public roots break the standard in a detail: the library warns of them or refuses them.
    with warnings.catch_warnings(action="ignore"):
        for i, certificate in enumerate(certificates):
            with suppress(ValueError, x509.InvalidVersion):
                entries.append(PKCS12Certificate(x509.load_der_x509_certificate(certificate), b"%d" % i))
    return serialize_java_truststore(entries, NoEncryption())
