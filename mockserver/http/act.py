"""What becomes of a request that reached an endpoint: time moves, limits and faults have their say, the API answers."""

from mockserver.core.age import PATIENCE, Mode
from mockserver.core.errors import ApiError, Unauthorized
from mockserver.core.faults import patience
from mockserver.core.operation import POLLS, Operation
from mockserver.http import scripted
from mockserver.http.call import Answer, Call, Endpoint
from mockserver.http.refusal import refusal
from mockserver.traffic import Refusal


def act(call: Call, endpoint: Endpoint) -> Answer:
    """Return the answer to a request, after the time has passed that its client lets pass."""
    world, operation = call.world, endpoint.operation
    asked = call.asks if operation in POLLS else None
    if world.waits:
        world.resumed(call.visitor.name, operation)
    if asked is not None:
        world.asked(asked, operation)
    refused = world.refusal(operation, call.visitor) if world.traffic.watches(operation) else None
    answer = _played(call, endpoint) if refused is None else scripted.limited(refused, world.clock.now())
    if asked is not None and not call.turned_away:
        world.answered(asked, operation)
    if world.clock.mode is Mode.POLL:
        _note_wait(call, operation, answer, refused)
    return answer


def _note_wait(call: Call, operation: Operation, answer: Answer, refused: Refusal | None) -> None:
    """Note the wait that an answer asks for, for the time when the client comes back."""
    value = next((value for name, value in answer.headers if name == b"retry-after"), None)
    if value is None:
        return
    world, asked = call.world, call.asks if operation in POLLS else None
    otherwise = PATIENCE if world.clock.step == "next" else world.clock.step
    wait = patience(value.decode("latin-1"), world.clock.now(), otherwise)
    if asked is not None and asked.age.held is not None:
        world.put_off(asked, operation, wait, limited=refused is not None)
    else:
        world.told(call.visitor, operation, wait, () if refused is None else refused.counted)


def _played(call: Call, endpoint: Endpoint) -> Answer:
    """Return the answer of the API, or what the faults make of it."""
    rulebook = call.world.rulebook
    if not rulebook.watches(endpoint.operation):
        return _api(call, endpoint)
    search = rulebook.search(call.occasion(endpoint.operation))
    true = None if search.answer else _api(call, endpoint)
    script, call.verdicts = search.end(succeeded=true is not None and true.status < 400)
    return scripted.answer(script, true, call.world.clock.now())


def _api(call: Call, endpoint: Endpoint) -> Answer:
    """Return what the API itself answers."""
    try:
        if endpoint.protected:
            call.account = call.world.admit(call.caller)
        return endpoint.answer(call)
    except ApiError as error:
        call.turned_away = isinstance(error, Unauthorized)
        return refusal(error, call.world.scenario.api)
