"""Clients on event loops: httpx on three of them, aiohttp on two."""

import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from typing import Any

import aiohttp
import httpx
import trio

from .terms import KEY, Answer, Ask, AskLater, header


async def httpx_later(client: httpx.AsyncClient, url: str, timeout: float) -> Answer:
    answer = await client.get(url, headers=KEY, timeout=timeout)
    return Answer(answer.status_code, header(answer.headers), answer.content)


def async_httpx(**options: Any) -> Callable[[], Any]:
    async def begin(living: AsyncExitStack) -> AskLater:
        client = await living.enter_async_context(httpx.AsyncClient(**options))
        return lambda url, timeout: httpx_later(client, url, timeout)

    return lambda: begin


def httpx_on_trio(stack: ExitStack) -> Ask:
    client = httpx.AsyncClient()

    async def ask(url: str, timeout: float) -> Answer:
        try:
            return await httpx_later(client, url, timeout)
        finally:
            for transport in {client._transport, *client._mounts.values()} - {None}:
                await transport._pool.aclose()

    return lambda url, timeout: trio.run(ask, url, timeout)


HTTPX: dict[str, Any] = {
    "reset": (httpx.ReadError, httpx.RemoteProtocolError),
    "late": httpx.ReadTimeout,
    "dns": httpx.ConnectError,
    "refused": httpx.ConnectError,
    "connect_late": httpx.ConnectTimeout,
    "untrusted": httpx.ConnectError,
}


def async_aiohttp(connector: Callable[[], aiohttp.BaseConnector | None] = lambda: None) -> Callable[[], Any]:
    async def begin(living: AsyncExitStack) -> AskLater:
        session = await living.enter_async_context(aiohttp.ClientSession(connector=connector()))

        async def ask(url: str, timeout: float) -> Answer:
            async with session.get(url, headers=KEY, timeout=aiohttp.ClientTimeout(timeout)) as answer:
                return Answer(answer.status, header(answer.headers), await answer.read())

        return ask

    return lambda: begin


def own_context() -> aiohttp.BaseConnector:
    return aiohttp.TCPConnector(ssl=ssl.create_default_context())


def threads_that_resolve() -> aiohttp.BaseConnector:
    return aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver())


AIOHTTP: dict[str, Any] = {
    "reset": (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError),
    "late": TimeoutError,
    "dns": aiohttp.ClientConnectorDNSError,
    "refused": aiohttp.ClientConnectorError,
    "connect_late": TimeoutError,
    "untrusted": aiohttp.ClientConnectorCertificateError,
}
