"""What becomes of a request that reached an endpoint: time moves, limits and faults have their say, the API answers."""

from typing import Final

from mockserver.core.age import PATIENCE, Mode
from mockserver.core.errors import ApiError, Unauthorized
from mockserver.core.faults import patience
from mockserver.core.operation import POLLS, Operation
from mockserver.core.verdict import NO_VERDICTS, Cause
from mockserver.http import scripted
from mockserver.http.call import Answer, Call, Endpoint
from mockserver.http.refusal import refusal
from mockserver.world.journal import Explanation
from mockserver.world.limits import Refusal

# A name of its own: on Python 3.11 taking a member from its enumeration costs ten times as much.
_CREATE: Final = Operation.CREATE


def act(call: Call, endpoint: Endpoint) -> Answer:
    """Return the answer to a request, after the time has passed that its client lets pass."""
    world, operation = call.world, endpoint.operation
    asked = call.asks if operation in POLLS else None
    if world.time.waits:
        world.time.resumed(call.visitor.name, operation)
    if asked is not None:
        world.time.asked(asked, operation)
    refused = _refusal(call, operation) if world.limits.watches(operation) else None
    answer = _played(call, endpoint) if refused is None else scripted.limited(refused, world.clock.now())
    if asked is not None and not call.turned_away:
        world.time.answered(asked, operation)
    if answer.headers and world.clock.mode is Mode.POLL:
        _note_wait(call, operation, answer, refused)
    return answer


def _refusal(call: Call, operation: Operation) -> Refusal | None:
    """Put a request to the limits, and return what refuses it."""
    judgement = call.world.judge(operation, call.visitor)
    faults = NO_VERDICTS if judgement.refusal is None else call.world.faults.unasked(operation)
    call.rules, call.explanation = judgement.causes, Explanation(judgement.verdicts, faults)
    return judgement.refusal


def _note_wait(call: Call, operation: Operation, answer: Answer, refused: Refusal | None) -> None:
    """Note the wait that an answer asks for, for the time when the client comes back."""
    value = next((value for name, value in answer.headers if name == b"retry-after"), None)
    if value is None:
        return
    world, asked = call.world, call.asks if operation in POLLS else None
    otherwise = PATIENCE if world.clock.step == "next" else world.clock.step
    wait = patience(value.decode("latin-1"), world.clock.now(), otherwise)
    if asked is not None and asked.age.held is not None:
        world.time.put_off(asked, operation, wait, limited=refused is not None)
    else:
        world.time.told(call.visitor, operation, wait, () if refused is None else refused.counted)


def _played(call: Call, endpoint: Endpoint) -> Answer:
    """Return the answer of the API, or what the faults make of it."""
    rulebook = call.world.faults
    if not rulebook.watches(endpoint.operation):
        answer = _api(call, endpoint)
        if answer.place:
            call.rules = _life(call)
        return answer
    search = rulebook.search(call.occasion(endpoint.operation))
    true = None if search.answer else _api(call, endpoint)
    script, verdicts = search.end(succeeded=true is not None and true.status < 400)
    call.explanation = Explanation(call.explanation.limits, verdicts, call.explanation.generations)
    shows_life = script.answer is None and true is not None and true.place
    call.rules = (*script.causes, *_life(call)) if shows_life else script.causes
    return scripted.answer(script, true, call.world.clock.now())


def _life(call: Call) -> tuple[Cause, ...]:
    """Return the rule that scripted the life of the generation which an answer shows."""
    generation = call.subject if call.ordered is None else call.ordered
    return () if generation is None or generation.rule is None else (generation.rule,)


def _api(call: Call, endpoint: Endpoint) -> Answer:
    """Return what the API itself answers."""
    try:
        if endpoint.protected:
            call.account = call.world.admit(call.caller)
        answer = endpoint.answer(call)
        if endpoint.operation is _CREATE:
            _note_order(call)
        return answer
    except ApiError as error:
        call.turned_away = isinstance(error, Unauthorized)
        return refusal(error, call.world.scenario.api)


def _note_order(call: Call) -> None:
    """Note which generation a request has made, and why it has the life that it has."""
    ordered = call.world.journal.ordered(call.number)
    if ordered is not None:
        call.ordered = call.world.generations[ordered.generation]
        call.explanation = Explanation(call.explanation.limits, call.explanation.faults, ordered.verdicts)
