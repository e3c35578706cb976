"""The calls of a client that makes a picture, from login to download, on one connection that stays open."""

import json
import socket
import ssl
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from mockserver.tls.authority import API_HOST
from tests.support.customer import LOGIN, ORDER


@dataclass(frozen=True)
class Journey:
    """The result of the calls: the record, each status in the order seen, the link, and the file behind the link."""

    record: dict[str, Any]
    seen: list[str]
    link: str
    file: bytes


def plain(address: str, port: int = 8402) -> Journey:
    """Make the calls over HTTP."""
    with socket.create_connection((address, port), timeout=30) as connection:
        return _lived(connection, f"{address}:{port}")


def encrypted(address: str, trusted: ssl.SSLContext, port: int = 8443) -> Journey:
    """Make the calls over TLS, as a client that takes the address for the API's own."""
    connection = socket.create_connection((address, port), timeout=30)
    with connection, trusted.wrap_socket(connection, server_hostname=API_HOST) as enclosed:
        return _lived(enclosed, API_HOST)


def _lived(connection: socket.socket, host: str) -> Journey:
    headers = {"Host": host}

    def ask(method: str, path: str, body: str | None = None, **further: str) -> bytes:
        client.request(method, path, body, headers | {name.replace("_", "-"): text for name, text in further.items()})
        with client.getresponse() as answer:
            content = answer.read()
            assert answer.status < 300, content
            return content

    with closing(HTTPConnection(host)) as client:
        client.sock = connection
        form = "application/x-www-form-urlencoded"
        token = json.loads(ask("POST", "/api/v1/auth/login", urlencode(LOGIN), Content_Type=form))["access_token"]
        headers["Authorization"] = f"Bearer {token}"
        made = json.loads(ask("POST", "/api/v1/generations", json.dumps(ORDER), Content_Type="application/json"))
        seen: list[str] = []
        while "completed" not in seen:
            seen.append(json.loads(ask("GET", f"/api/v1/generations/{made['id']}/status"))["status"])
        record = json.loads(ask("GET", f"/api/v1/generations/{made['id']}"))
        [link] = record.pop("outputs")
        return Journey(record, seen, link, ask("GET", urlsplit(link)._replace(scheme="", netloc="").geturl()))
