"""The clients, one in each row."""

import asyncio
import ssl

import certifi
import uvloop

from .blocking import (
    HTTP_CLIENT,
    REQUESTS,
    URLLIB,
    URLLIB3,
    http_client,
    httpx_client,
    httpx_get,
    requests_get,
    requests_session,
    requests_with_a_context,
    requests_with_a_file,
    requests_with_pyopenssl,
    requests_with_truststore,
    requests_without_environment,
    urllib3_pool,
    urllib_request,
)
from .curls import (
    CURL_CFFI,
    PYCURL,
    async_curl_cffi,
    with_curl_cffi,
    with_pycurl,
    with_pycurl_multi,
)
from .looping import (
    AIOHTTP,
    HTTPX,
    async_aiohttp,
    async_httpx,
    httpx_on_trio,
    own_context,
    threads_that_resolve,
)
from .terms import Row, on_a_loop

ROWS = {
    "requests.get": Row(requests_get, **REQUESTS),
    "requests.Session": Row(requests_session, **REQUESTS),
    "requests trust_env=False": Row(requests_without_environment, **REQUESTS),
    "requests verify=path": Row(requests_with_a_file, **REQUESTS),
    "requests with a context of its own": Row(requests_with_a_context, **REQUESTS),
    "requests with truststore": Row(requests_with_truststore, **REQUESTS),
    "requests with pyOpenSSL": Row(requests_with_pyopenssl, **REQUESTS),
    "httpx.get": Row(httpx_get, **HTTPX),
    "httpx.Client": Row(httpx_client(), **HTTPX),
    "httpx.Client trust_env=False": Row(httpx_client(trust_env=False), **HTTPX),
    "httpx.Client verify=context": Row(httpx_client(verify=ssl.create_default_context()), **HTTPX),
    "httpx.Client http2=True": Row(httpx_client(http2=True), **HTTPX),
    "httpx.AsyncClient on asyncio": Row(on_a_loop(asyncio.SelectorEventLoop, async_httpx()), **HTTPX, grouped=True),
    "httpx.AsyncClient on uvloop": Row(
        on_a_loop(uvloop.new_event_loop, async_httpx(http2=True)), **HTTPX, grouped=True
    ),
    "httpx.AsyncClient on trio": Row(httpx_on_trio, **HTTPX),
    "aiohttp on asyncio": Row(on_a_loop(asyncio.SelectorEventLoop, async_aiohttp()), **AIOHTTP),
    "aiohttp on uvloop": Row(on_a_loop(uvloop.new_event_loop, async_aiohttp()), **AIOHTTP),
    "aiohttp with a context of its own": Row(
        on_a_loop(asyncio.SelectorEventLoop, async_aiohttp(own_context)), **AIOHTTP
    ),
    "aiohttp without aiodns": Row(on_a_loop(asyncio.SelectorEventLoop, async_aiohttp(threads_that_resolve)), **AIOHTTP),
    "aiohttp on uvloop without aiodns": Row(
        on_a_loop(uvloop.new_event_loop, async_aiohttp(threads_that_resolve)), **AIOHTTP
    ),
    "urllib3.PoolManager": Row(urllib3_pool(), **URLLIB3),
    "urllib3 with a file": Row(urllib3_pool(ca_certs=certifi.where()), **URLLIB3),
    "urllib.request": Row(urllib_request, **URLLIB),
    "http.client": Row(http_client, **HTTP_CLIENT),
    "pycurl": Row(with_pycurl, **PYCURL),
    "pycurl.CurlMulti": Row(with_pycurl_multi, **PYCURL),
    "curl_cffi.Session": Row(with_curl_cffi, **CURL_CFFI),
    "curl_cffi.AsyncSession": Row(on_a_loop(asyncio.SelectorEventLoop, async_curl_cffi), **CURL_CFFI),
}
