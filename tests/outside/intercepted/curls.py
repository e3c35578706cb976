"""Clients around libcurl."""

import io
from contextlib import AsyncExitStack, ExitStack, closing
from typing import Any

import pycurl
from curl_cffi.requests import AsyncSession, Session
from curl_cffi.requests import exceptions as curl_errors

from .terms import KEY, Answer, Ask, AskLater, header


class CurlError(Exception):
    """An error of libcurl; each subclass stands for the numbers in its docstring."""


class Unresolved(CurlError):
    """6."""


class Unconnected(CurlError):
    """7."""


class TooLate(CurlError):
    """28."""


class Lost(CurlError):
    """52 or 56."""


class Distrusted(CurlError):
    """60."""


ERRORS = {6: Unresolved, 7: Unconnected, 28: TooLate, 52: Lost, 56: Lost, 60: Distrusted}


def pycurl_handle(handle: pycurl.Curl, url: str, timeout: float) -> tuple[io.BytesIO, list[str]]:
    body, lines = io.BytesIO(), []
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in KEY.items()])
    handle.setopt(pycurl.TIMEOUT_MS, int(timeout * 1000))
    handle.setopt(pycurl.WRITEDATA, body)
    handle.setopt(pycurl.HEADERFUNCTION, lambda line: lines.append(line.decode("latin-1")))
    return body, lines


def fields(lines: list[str]) -> dict[str, str]:
    return header({name: value.strip() for name, _, value in (line.partition(":") for line in lines)})


def with_pycurl(stack: ExitStack) -> Ask:
    def ask(url: str, timeout: float) -> Answer:
        with closing(pycurl.Curl()) as handle:
            body, lines = pycurl_handle(handle, url, timeout)
            try:
                handle.perform()
            except pycurl.error as problem:
                raise ERRORS[problem.args[0]](problem.args[1]) from problem
            return Answer(handle.getinfo(pycurl.RESPONSE_CODE), fields(lines), body.getvalue())

    return ask


def with_pycurl_multi(stack: ExitStack) -> Ask:
    def ask(url: str, timeout: float) -> Answer:
        with closing(pycurl.CurlMulti()) as multi, closing(pycurl.Curl()) as handle:
            body, lines = pycurl_handle(handle, url, timeout)
            multi.add_handle(handle)
            running = 1
            while running:
                _, running = multi.perform()
                multi.select(1)
            _, _, failed = multi.info_read()
            multi.remove_handle(handle)
            for _, number, text in failed:
                raise ERRORS[number](text)
            return Answer(handle.getinfo(pycurl.RESPONSE_CODE), fields(lines), body.getvalue())

    return ask


def with_curl_cffi(stack: ExitStack) -> Ask:
    session = stack.enter_context(Session())

    def ask(url: str, timeout: float) -> Answer:
        answer = session.get(url, headers=KEY, timeout=timeout)
        return Answer(answer.status_code, header(answer.headers), answer.content)

    return ask


def async_curl_cffi() -> Any:
    async def begin(living: AsyncExitStack) -> AskLater:
        session = await living.enter_async_context(AsyncSession(impersonate="chrome"))

        async def ask(url: str, timeout: float) -> Answer:
            answer = await session.get(url, headers=KEY, timeout=timeout)
            return Answer(answer.status_code, header(answer.headers), answer.content)

        return ask

    return begin


PYCURL: dict[str, Any] = {
    "reset": Lost,
    "late": TooLate,
    "dns": Unresolved,
    "refused": Unconnected,
    "connect_late": TooLate,
    "untrusted": Distrusted,
}
CURL_CFFI: dict[str, Any] = {
    "reset": curl_errors.RequestException,
    "late": curl_errors.Timeout,
    "dns": curl_errors.DNSError,
    "refused": curl_errors.ConnectionError,
    "connect_late": curl_errors.Timeout,
    "untrusted": curl_errors.CertificateVerifyError,
}
