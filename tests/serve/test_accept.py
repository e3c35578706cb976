"""The acceptor accepts all waiting connections, and closes them at once when descriptors run out."""

import asyncio
import importlib.util
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import mockserver
from mockserver.serve.accept import Acceptor
from mockserver.serve.listen import listen

CLIENTS = 60
LIMIT = 50
ASKED = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

# Serves with few descriptors and prints its port. The alarm ends a test that hangs. The first answer warms it up.
FEW_DESCRIPTORS = f"""
import resource, signal, sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))
from mockserver.serve.listen import listen
from mockserver.serve.server import Listeners, serve

async def app(scope, receive, send):
    await send({{"type": "http.response.start", "status": 204, "headers": []}})
    await send({{"type": "http.response.body"}})

signal.alarm(60)
listener = listen("127.0.0.1", 0)
resource.setrlimit(resource.RLIMIT_NOFILE, ({LIMIT}, {LIMIT}))
serve(app, Listeners(listener), lambda: print(listener.getsockname()[1], flush=True))
"""


def loops() -> list[Callable[[], asyncio.AbstractEventLoop]]:
    """Each kind of event loop that a server may run on."""
    found = [asyncio.SelectorEventLoop]
    return (
        [*found, importlib.import_module("uvloop").new_event_loop] if importlib.util.find_spec("uvloop") else [*found]
    )


class Guest(asyncio.Protocol):
    """A protocol whose future holds the accepted connection, and whose event is set when the connection is lost."""

    def __init__(self) -> None:
        self.transport: asyncio.Future[asyncio.BaseTransport] = asyncio.get_running_loop().create_future()
        self.left = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport.set_result(transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.left.set()


async def let_in(listener: socket.socket) -> list[int]:
    """Accept all clients and close them again; return the turn of the loop at which each was accepted."""
    turns: list[int] = []
    guests: list[Guest] = []
    turn = 0

    def begin() -> Guest:
        turns.append(turn)
        guests.append(Guest())
        return guests[-1]

    reception = Acceptor(listener, begin)
    while len(guests) < CLIENTS:
        turn += 1
        await asyncio.sleep(0)
    await reception.close()
    for guest in guests:
        (await guest.transport).close()
        await guest.left.wait()
    return turns


@pytest.mark.parametrize("loop", loops())
def test_all_waiting_connections_are_accepted_at_one_turn(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with listen("127.0.0.1", 0) as listener, ExitStack() as clients, asyncio.Runner(loop_factory=loop) as runner:
        for _ in range(CLIENTS):
            clients.enter_context(socket.create_connection(listener.getsockname()))
        turns = runner.run(asyncio.wait_for(let_in(listener), 30))
    assert len(set(turns)) == 1


@pytest.fixture(params=[(), ("uvloop",)], ids=["as installed", "without uvloop"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    command = [sys.executable, "-W", "error", "-c", FEW_DESCRIPTORS, *request.param]
    home, pipe = Path(mockserver.__file__).parents[2], subprocess.PIPE
    with subprocess.Popen(command, cwd=home, text=True, stdout=pipe, stderr=pipe) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
            process.terminate()
            assert process.communicate(timeout=30) == ("", "")
            assert process.returncode == 0
        finally:
            process.kill()


def answered(client: socket.socket) -> bool:
    """Tell whether the server answers instead of closing the connection."""
    try:
        client.sendall(ASKED)
        return client.recv(100).startswith(b"HTTP/1.1 204 ")
    except ConnectionError:
        return False


def test_a_connection_without_a_free_descriptor_is_closed_and_the_next_one_is_served(port: int) -> None:
    with ExitStack() as open_:
        clients = [open_.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(80)]
        served = [client for client in clients if answered(client)]
        assert 0 < len(served) < LIMIT
        assert answered(served[0])
        served[1].sendall(ASKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        while served[1].recv(100):
            pass
        with socket.create_connection(("127.0.0.1", port), timeout=30) as late:
            assert answered(late)


def test_a_server_raises_its_limit_of_open_files_to_65536_or_the_hard_limit() -> None:
    program = FEW_DESCRIPTORS.replace(
        f"({LIMIT}, {LIMIT})", "(64, resource.getrlimit(resource.RLIMIT_NOFILE)[1])"
    ).replace("listener.getsockname()[1]", "*resource.getrlimit(resource.RLIMIT_NOFILE)")
    home, pipe = Path(mockserver.__file__).parents[2], subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], cwd=home, text=True, stdout=pipe) as process:
        assert process.stdout is not None
        soft, hard = map(int, process.stdout.readline().split())
        process.terminate()
    assert soft == (65_536 if hard < 0 else min(hard, 65_536))
