"""The slow parts of answers, made in a thread before the request is exchanged: files, long texts, and slow imports.

An exchange is one plain call that holds the event loop, so nothing slow may happen in it. What a thread has made is
found by the exchange in a cache. An exchange that does not find it makes it once more, so this decides nothing.
"""

from collections.abc import Mapping
from contextlib import suppress

from mockserver.core.errors import ApiError
from mockserver.http.api.request import ApiEndpoint, ApiRequest, Beforehand
from mockserver.http.request import Request
from mockserver.world.world import World
from mockserver.world.worlds import DEFAULT


def beforehand(
    methods: Mapping[str, ApiEndpoint] | None, sent: Request, present: Mapping[str, World]
) -> Beforehand | None:
    """Return the work to do before a request is exchanged; None if there is none, as for nearly all requests.

    `methods` are the endpoints at the path of the request, by method. This changes nothing, and makes no world.
    """
    endpoint = methods.get(sent.method) if methods else None
    if endpoint is None or endpoint.beforehand is None or sent.oversized or sent.oversized_head:
        return None
    world = present.get(sent.prefix or sent.head.world or DEFAULT)
    if world is None:
        return None
    request = ApiRequest(world, sent, 0)
    with suppress(ApiError):
        request.reach(endpoint, sent.ids)
        if endpoint.protected:
            request.account = world.accounts.admit(request.caller)
        return endpoint.beforehand(request)
    return None
