"""A small name server that gives several addresses for one name, as those of Kubernetes and Compose do."""

import socketserver
import struct
from socket import inet_aton
from threading import Thread
from typing import Self

# Source: RFC 1035, sections 4.1.1 and 4.1.3.
_HEAD = struct.Struct("!6H")
_RECORD = struct.Struct("!3HLH4s")
_ANSWERED = 0x8580
_NAME_ASKED_FOR = 0xC00C
_ADDRESS, _INTERNET = 1, 1
_SECONDS = 1


class Names(socketserver.UDPServer):
    """Answers a question for any name with all `addresses`, which a test may change while the server runs."""

    def __init__(self, *addresses: str) -> None:
        super().__init__(("127.0.0.1", 0), _Question)
        self.addresses = addresses
        self._thread = Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    @property
    def place(self) -> str:
        """The host and port of the name server."""
        host, port = self.server_address[:2]
        return f"{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Question(socketserver.BaseRequestHandler):
    """A question for one name."""

    server: Names

    def handle(self) -> None:
        question, socket = self.request
        socket.sendto(answer(question, self.server.addresses), self.client_address)


def answer(question: bytes, addresses: tuple[str, ...]) -> bytes:
    """Write the answer to a question: every address, or no address if the question is for another kind of record."""
    number = _HEAD.unpack_from(question)[0]
    end = question.index(b"\0", _HEAD.size) + 5
    (kind,) = struct.unpack_from("!H", question, end - 4)
    records = [_record(address) for address in addresses] if kind == _ADDRESS else []
    return _HEAD.pack(number, _ANSWERED, 1, len(records), 0, 0) + question[_HEAD.size : end] + b"".join(records)


def _record(address: str) -> bytes:
    packed = inet_aton(address)
    return _RECORD.pack(_NAME_ASKED_FOR, _ADDRESS, _INTERNET, _SECONDS, len(packed), packed)
