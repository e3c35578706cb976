"""One connection over which a client sends HTTP/1: plain, within TLS, or within a tunnel.

It finds where each request ends, within bounds of size and time, and hands Uvicorn's protocol exactly one request at a
time. When the answer has been sent, it takes the connection back. So Uvicorn never meets a broken head, a pipelined
request, a `CONNECT`, a whole URL or an offer to upgrade.
"""

import asyncio
import re
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from mockserver.http.threads import in_thread
from mockserver.http.tunnel import REASON, Tunnels
from mockserver.serve.body import Body, Chunks, Length
from mockserver.serve.door import Door, HttpProtocol
from mockserver.serve.head import Head, Refused, fields, read, without_upgrade
from mockserver.serve.transport import HttpTransport
from mockserver.tls.authority import LibraryMissing

AHEAD: Final = 64 * 1024
"""Bytes that are kept of further requests while one is answered; when they are more, the connection is not read."""

_LINGER: Final = 2
"""Seconds for which a connection is read, and all of it thrown away, after an answer that ends it early.

A client that still sends would otherwise lose the answer: a close with unread bytes resets the connection.
"""

_AGREED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_ORIGIN: Final = re.compile(rb"[^:/?#]+://[^/?#]*")


class HttpConnection(asyncio.Protocol):
    """The protocol of one connection."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._http: HttpProtocol | None = None
        """Uvicorn's protocol, from the first request on."""
        self._data = b""
        """Bytes that have come and are not handed on yet."""
        self._searched = 0
        """How many of them are known to hold no end of a head."""
        self._body: Body | None = None
        """The body of the present request, until its end has come."""
        self._may_omit_body = False
        """Whether the client waits for `100 Continue` before it sends the body, and has sent none of it."""
        self._busy = False
        """Whether a request is being answered."""
        self._full = False
        """Whether an answer waits for the client to read."""
        self._half_closed = False
        """Whether the client will send nothing more."""
        self._ended = False
        """Whether no further request is read."""
        self._unread = False
        """Whether the client may still send bytes that nothing reads."""
        self._paused = self._held_by_application = False
        self._under_way = False
        """Whether a part of a request has come, so that its deadline counts."""
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    # Called by the event loop

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        self.transport = transport
        self._outer = HttpTransport(self, transport)
        self.secure = transport.get_extra_info("sslcontext") is not None
        self._door.connections.add(self)
        self._expire_in(self._door.deadlines.idle)

    def connection_lost(self, _: Exception | None) -> None:
        """Let the application know, and forget everything."""
        self._leave()
        self._lose()
        self._outer.lose()

    def data_received(self, data: bytes) -> None:
        """Read requests; throw away all that comes after the last one."""
        if not self._ended:
            self._data = self._data + data if self._data else data
            self._read()

    def eof_received(self) -> bool:
        """Answer the requests that have come whole; tell whether the connection stays open for that."""
        self._half_closed = True
        self._outer.gone.set()
        # Bytes that wait for nothing but the rest of their request get no answer. Over TLS the transport closes anyway.
        awaited = self._busy or (self._full and bool(self._data))
        return awaited and not self._ended and not self.secure and self._body is None

    def pause_writing(self) -> None:
        """Let the answer wait for a client that does not read."""
        self._full = True
        if self._http is not None:
            self._http.pause_writing()

    def resume_writing(self) -> None:
        """Go on with the answer, and with the next request."""
        self._full = False
        if self._http is not None:
            self._http.resume_writing()
        self._read()

    # Called through the transport that Uvicorn's protocol and the application see

    def answered(self) -> None:
        """Take the connection back after an answer."""
        self._busy = False
        if self._ended or self.transport.is_closing():
            return
        if self._may_omit_body or self._unread:
            self.end()  # the next bytes could be the rest of the request, or the next request
        elif self._data or self._half_closed:
            self._door.loop.call_soon(self._read)  # Uvicorn's protocol has still to see that the application returned
        else:
            self._set_deadline()

    def end(self) -> None:
        """Close the connection after the bytes that are written; linger if the client may still send."""
        self._ended = True
        if self.transport.is_closing():
            return
        lingers = self._unread or self._body is not None or bool(self._data)
        self._unread, self._body, self._data = False, None, b""
        if lingers and not self._half_closed and self.transport.can_write_eof():
            self.transport.write_eof()
            self._expire_in(_LINGER)
            self._regulate()
        else:
            self.transport.close()

    def hold_reading(self, hold: bool) -> None:
        """Read the body of a request only as fast as the application takes it."""
        self._held_by_application = hold
        self._regulate()

    # Called by a server that stops

    def shut_down(self) -> None:
        """Close an idle connection at once, and a busy one after its answer."""
        self._ended = True
        if self._busy and self._http is not None:
            self._http.shutdown()
        else:
            self.transport.close()

    # Reading

    def _read(self) -> None:
        """Hand on all that may be handed on, and see how long the rest may take."""
        try:
            while self._data and not self._ended and self._take():
                pass
        except Refused as refused:
            self._refuse(refused)
        if self._half_closed and not self._busy and not self._full:
            self.end()
        elif not self._ended:
            self._regulate()
            self._set_deadline()

    def _take(self) -> bool:
        """Hand on a request, or a part of one; tell whether another may follow at once."""
        if self._body is not None:
            self._hand_on(0)
            return self._body is None
        if self._busy or self._full:
            return False
        if self._data.startswith(b"\r\n"):
            # Source: RFC 9112, section 2.2: empty lines before a request are read over.
            self._data, self._searched = self._data.lstrip(b"\r\n"), 0
        head = read(self._data, self._searched)
        if head is None:
            self._searched = len(self._data)
        elif head.method == b"CONNECT":
            self._open_tunnel(head)
        else:
            self._begin(head)
        return False

    def _begin(self, head: Head) -> None:
        """Hand on the head of a request, and as much of its body as has come."""
        headers, outer, place = head.headers, self._outer, head.end
        self._busy, self._searched = True, 0
        self._door.memory.note_request()
        outer.begin(oversized=headers.oversized, whole_url=head.whole_url)
        if headers.oversized or headers.upgrades or head.whole_url is not None:
            place = self._rewrite(head)
        if headers.oversized:
            self._body = None  # nothing behind such a head is read
        elif headers.chunked:
            # Uvicorn's protocol would take trailers for headers.
            outer.headers = outer.headers or fields(self._data[self._data.index(b"\r\n") + 2 : place])
            self._body = Chunks()
        elif headers.length:
            self._body = Length(headers.length)
        self._may_omit_body = headers.expects and self._body is not None
        if self._http is None:
            self._http = self._door.make(outer)
        self._hand_on(place)

    def _rewrite(self, head: Head) -> int:
        """Replace the head by one that Uvicorn's protocol understands; return the place of its end."""
        data, rest = self._data[: head.end], self._data[head.end :]
        start = data.index(b"\r\n") + 2
        if head.headers.oversized:
            self._outer.headers, self._unread, rest = [], True, b""
            lines = b"host: -\r\nconnection: close\r\n\r\n"
        else:
            self._outer.headers = fields(data[start:])
            lines = without_upgrade(data[start:])
        target = head.target
        if head.whole_url is not None:
            path = _ORIGIN.sub(b"", target)
            target = path if path.startswith(b"/") else b"/" + path
        written = b"%s %s HTTP/1.%s\r\n%s" % (head.method, target, head.minor, lines)
        self._data = written + rest
        return len(written)

    def _hand_on(self, place: int) -> None:
        """Hand on all bytes before a place, and as much of the body as stands there."""
        data, body = self._data, self._body
        if body is not None:
            start, place = place, body.take(data, place)
            self._may_omit_body = self._may_omit_body and place == start
            if body.complete:
                self._body = None
        # Neither slice copies anything in the usual case, a request that came alone.
        self._data = data[place:]
        if self._http is not None:
            self._http.data_received(data[:place])
        if self._data and self._body is not None:
            self._door.loop.call_soon(self._read)  # a body in very many parts: other connections get their turn

    def _open_tunnel(self, head: Head) -> None:
        tunnels = None if self.secure else self._door.tunnels
        if tunnels is None or self._http is not None:
            raise Refused(400, "expected no CONNECT: this server is no proxy, or the connection is in use")
        if tunnels.vouching.made:
            self._enter_tunnel(head, tunnels)
        else:
            self._busy = True
            self._making = self._door.loop.create_task(self._make_authority(head, tunnels))

    async def _make_authority(self, head: Head, tunnels: Tunnels) -> None:
        """Make the server's authority in a thread, because that takes long, and then open the tunnel."""
        with suppress(LibraryMissing):
            await in_thread(lambda: tunnels.vouching.authority)
        self._busy = False
        if self._ended:
            return
        try:
            self._enter_tunnel(head, tunnels)
        except Refused as refused:
            self._refuse(refused)

    def _enter_tunnel(self, head: Head, tunnels: Tunnels) -> None:
        sentence = tunnels.objection(head.target.decode("latin-1"))
        if sentence:
            raise Refused(403, sentence.rstrip("\n"))
        rest = self._data[head.end :]
        self._leave()
        self._outer.lose()
        self.transport.write(_AGREED)
        within = self._door.encrypt(tunnels.vouching.context)
        self.transport.set_protocol(within)
        within.connection_made(self.transport)
        _feed(within, rest)

    # Ending

    def _refuse(self, refused: Refused) -> None:
        """End the connection, with an answer where none has begun."""
        self._unread = True
        answered = self._outer.started if self._busy else self._body is not None
        if not answered and not self.transport.is_closing():
            self.transport.write(_refusal(refused))
        self.end()
        self._lose()

    def _lose(self) -> None:
        """Let Uvicorn's protocol and the application know that the client has gone."""
        http, self._http = self._http, None
        if http is not None:
            http.connection_lost(None)

    def _leave(self) -> None:
        self._ended = True
        self._data = b""
        self._door.connections.discard(self)
        self._door.memory.note_end()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _regulate(self) -> None:
        """Read the connection or not, as the application and the bytes that wait allow."""
        pause = not self._ended and (self._held_by_application or len(self._data) > AHEAD)
        if pause == self._paused or self._half_closed or self.transport.is_closing():
            return
        self._paused = pause
        if pause:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    # Time

    def _set_deadline(self) -> None:
        if self._body is not None or (self._data and not self._busy and not self._full):
            if not self._under_way:
                self._under_way = True
                self._expire_in(self._door.deadlines.request)
        elif self._busy:
            self._under_way, self._deadline = False, None
        else:
            self._under_way = False
            self._expire_in(self._door.deadlines.idle)

    def _expire_in(self, seconds: float) -> None:
        """Set the deadline. One timer is kept for a connection; when it is too early, it is set again then."""
        self._deadline = self._door.loop.time() + seconds
        if self._timer is not None and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._door.loop.call_at(self._deadline, self._check_deadline)

    def _check_deadline(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._deadline > self._door.loop.time():
            self._timer = self._door.loop.call_at(self._deadline, self._check_deadline)
        elif self._under_way and not self._ended:
            self._refuse(Refused(408, f"expected the whole request within {self._door.deadlines.request:g} seconds"))
        else:
            self.transport.abort()


def _refusal(refused: Refused) -> bytes:
    """Return the answer to bytes that are not read as a request."""
    body = f"{refused}\n".encode()
    phrase = REASON if refused.status == HTTPStatus.FORBIDDEN else HTTPStatus(refused.status).phrase.encode()
    about = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close" % len(body)
    return b"HTTP/1.1 %d %s\r\n%s\r\n\r\n%s" % (refused.status, phrase, about, body)


def _feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Hand a protocol the bytes that came before it existed."""
    while data:
        buffer = memoryview(protocol.get_buffer(len(data))).cast("B")
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]
