"""Blocking clients: requests, httpx, urllib3 and those of the standard library."""

import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

import certifi
import httpx
import requests
import requests.adapters
import truststore
import urllib3
import urllib3.contrib.pyopenssl

from .terms import KEY, Answer, Ask, header


def with_requests(get: Callable[..., requests.Response], **options: Any) -> Ask:
    def ask(url: str, timeout: float) -> Answer:
        answer = get(url, headers=KEY, timeout=timeout, **options)
        return Answer(answer.status_code, header(answer.headers), answer.content)

    return ask


def requests_get(stack: ExitStack) -> Ask:
    return with_requests(requests.get)


def requests_session(stack: ExitStack) -> Ask:
    return with_requests(stack.enter_context(requests.Session()).get)


def requests_without_environment(stack: ExitStack) -> Ask:
    session = stack.enter_context(requests.Session())
    session.trust_env = False
    return with_requests(session.get)


def requests_with_a_file(stack: ExitStack) -> Ask:
    return with_requests(requests.get, verify=certifi.where())


def requests_with_a_context(stack: ExitStack) -> Ask:
    class Adapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, ssl_context=ssl.create_default_context(), **options)

    session = stack.enter_context(requests.Session())
    session.mount("https://", Adapter())
    return with_requests(session.get)


def requests_with_truststore(stack: ExitStack) -> Ask:
    truststore.inject_into_ssl()
    stack.callback(truststore.extract_from_ssl)
    return with_requests(stack.enter_context(requests.Session()).get)


def requests_with_pyopenssl(stack: ExitStack) -> Ask:
    urllib3.contrib.pyopenssl.inject_into_urllib3()
    stack.callback(urllib3.contrib.pyopenssl.extract_from_urllib3)
    return with_requests(stack.enter_context(requests.Session()).get, verify=certifi.where())


REQUESTS: dict[str, Any] = {
    "reset": requests.exceptions.ConnectionError,
    "late": requests.exceptions.ReadTimeout,
    "dns": requests.exceptions.ConnectionError,
    "refused": requests.exceptions.ConnectionError,
    "connect_late": requests.exceptions.ConnectTimeout,
    "untrusted": requests.exceptions.SSLError,
}


def with_httpx(get: Callable[..., httpx.Response], **options: Any) -> Ask:
    def ask(url: str, timeout: float) -> Answer:
        answer = get(url, headers=KEY, timeout=timeout, **options)
        return Answer(answer.status_code, header(answer.headers), answer.content)

    return ask


def httpx_get(stack: ExitStack) -> Ask:
    return with_httpx(httpx.get)


def httpx_client(**options: Any) -> Callable[[ExitStack], Ask]:
    return lambda stack: with_httpx(stack.enter_context(httpx.Client(**options)).get)


def urllib3_pool(**options: Any) -> Callable[[ExitStack], Ask]:
    def make(stack: ExitStack) -> Ask:
        pool = stack.enter_context(urllib3.PoolManager(**options))

        def ask(url: str, timeout: float) -> Answer:
            answer = pool.request("GET", url, headers=KEY, timeout=timeout, retries=False)
            return Answer(answer.status, header(answer.headers), answer.data)

        return ask

    return make


def urllib_request(stack: ExitStack) -> Ask:
    def ask(url: str, timeout: float) -> Answer:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=KEY), timeout=timeout) as answer:
                return Answer(answer.status, header(answer.headers), answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, header(refusal.headers), refusal.read())

    return ask


def http_client(stack: ExitStack) -> Ask:
    def ask(url: str, timeout: float) -> Answer:
        scheme, _, host, *path = url.split("/")
        kind = http.client.HTTPSConnection if scheme == "https:" else http.client.HTTPConnection
        with closing(kind(host, timeout=timeout)) as client:
            client.request("GET", "/" + "/".join(path), headers=KEY)
            answer = client.getresponse()
            return Answer(answer.status, header(answer.headers), answer.read())

    return ask


URLLIB3: dict[str, Any] = {
    "reset": urllib3.exceptions.ProtocolError,
    "late": urllib3.exceptions.ReadTimeoutError,
    "dns": urllib3.exceptions.NameResolutionError,
    "refused": urllib3.exceptions.NewConnectionError,
    "connect_late": urllib3.exceptions.ConnectTimeoutError,
    "untrusted": urllib3.exceptions.SSLError,
}
URLLIB: dict[str, Any] = {
    "reset": ConnectionError,
    "late": TimeoutError,
    "dns": urllib.error.URLError,
    "refused": urllib.error.URLError,
    "connect_late": urllib.error.URLError,
    "untrusted": urllib.error.URLError,
}
HTTP_CLIENT = URLLIB | {
    "dns": OSError,
    "refused": ConnectionRefusedError,
    "connect_late": TimeoutError,
    "untrusted": ssl.SSLCertVerificationError,
}
