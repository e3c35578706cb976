"""A program that serves a happy path, sends there the requests from its standard input, and prints the answers.

It runs in a process of its own. Each line is one request in JSON: method, path, headers, body. `TOKEN` stands for the
last token, `LINK` for the path of the last link.
"""

import http.client
import json
import re
import sys
from collections.abc import Iterator

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds

HOST = "mock.example:8402"


def filled_in(text: str, seen: dict[str, str]) -> str:
    for name, value in seen.items():
        text = text.replace(name, value)
    return text


def answers(url: str) -> Iterator[bytes]:
    seen = {"TOKEN": "", "LINK": ""}
    for line in sys.stdin:
        method, path, headers, body = json.loads(line)
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
        sent = {name: filled_in(value, seen) for name, value in headers.items()}
        connection.request(method, filled_in(path, seen), body.encode() or None, {"Host": HOST} | sent)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        for name, pattern in (("TOKEN", rb'"access_token":"([^"]+)'), ("LINK", rb'"outputs":\["http://[^/]+([^"]+)')):
            if match := re.search(pattern, answer):
                seen[name] = match[1].decode()
        yield f"{method} {path} {response.status} {response.getheaders()}\n".encode() + answer + b"\n"


if __name__ == "__main__":
    with ServerThread(
        application(Worlds(FixedSource(LoadedScenario(Scenario(clock=ClockSettings(mode=Mode.POLL))))))
    ) as server:
        for printed in answers(server.url):
            sys.stdout.buffer.write(printed)
