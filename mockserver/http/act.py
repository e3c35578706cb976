"""What becomes of a request that reached an endpoint: time moves, limits and faults have their say, the API answers."""

from mockserver.core.age import PATIENCE
from mockserver.core.errors import ApiError, Unauthorized
from mockserver.core.faults import patience
from mockserver.core.operation import POLLS, Operation
from mockserver.core.verdict import Cause
from mockserver.http import scripted
from mockserver.http.call import Answer, Call, Endpoint
from mockserver.http.refusal import refusal
from mockserver.world.limits import LimitRefusal


def act(call: Call, endpoint: Endpoint) -> Answer:
    """Return the answer to a request, after the time has passed that its client lets pass."""
    world, operation = call.world, endpoint.operation
    asked = call.asks if operation in POLLS else None
    if world.time.waits:
        world.time.end_wait(call.visitor.name, operation)
    if asked is not None:
        world.time.age_on_poll(asked, operation)
    refused = _refusal(call, operation) if world.limits.concern(operation) else None
    answer = _played(call, endpoint) if refused is None else scripted.limited(refused, world.clock.now())
    if asked is not None and not call.turned_away:
        world.time.note_answer(asked, operation)
    if answer.headers and world.clock.holds:
        _note_wait(call, operation, answer, refused)
    return answer


def _refusal(call: Call, operation: Operation) -> LimitRefusal | None:
    """Put a request to the limits, and return what refuses it."""
    judgement = call.world.judge(operation, call.visitor)
    call.rules, call.limits = judgement.causes, judgement.verdicts
    if judgement.refusal is not None:
        call.faults = call.world.faults.unasked(operation)
    return judgement.refusal


def _note_wait(call: Call, operation: Operation, answer: Answer, refused: LimitRefusal | None) -> None:
    """Note the wait that an answer asks for, for the time when the client comes back."""
    value = next((value for name, value in answer.headers if name == b"retry-after"), None)
    if value is None:
        return
    world, asked = call.world, call.asks if operation in POLLS else None
    otherwise = PATIENCE if world.clock.step == "next" else world.clock.step
    wait = patience(value.decode("latin-1"), world.clock.now(), otherwise)
    if asked is not None and asked.age.held is not None:
        world.time.note_wait_for(asked, operation, wait, limited=refused is not None)
    else:
        world.time.note_wait(call.visitor, operation, wait, () if refused is None else refused.counted)


def _played(call: Call, endpoint: Endpoint) -> Answer:
    """Return the answer of the API, or what the faults make of it."""
    faults = call.world.faults
    if not faults.concern(endpoint.operation):
        answer = _api(call, endpoint)
        if answer.place:
            call.rules = _life(call)
        return answer
    search = faults.search(call.occasion(endpoint.operation))
    true = None if search.answer else _api(call, endpoint)
    effects, call.faults = search.end(succeeded=true is not None and true.status < 400)
    shows_life = effects.answer is None and true is not None and true.place
    call.rules = (*effects.causes, *_life(call)) if shows_life else effects.causes
    return scripted.answer(effects, true, call.world.clock.now())


def _life(call: Call) -> tuple[Cause, ...]:
    """Return the rule that scripted the life of the generation which an answer shows."""
    generation = call.shown
    return () if generation is None or generation.rule is None else (generation.rule,)


def _api(call: Call, endpoint: Endpoint) -> Answer:
    """Return what the API itself answers."""
    try:
        if endpoint.protected:
            call.account = call.world.accounts.admit(call.caller)
        return endpoint.answer(call)
    except ApiError as error:
        call.turned_away = isinstance(error, Unauthorized)
        return refusal(error, call.world.scenario.api)
