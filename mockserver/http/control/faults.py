"""Rules in force: list them with their counts, and add or remove faults while the world runs."""

from collections.abc import Iterable
from functools import partial
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET, Struct, UnsetType

from mockserver.core.document import Problem
from mockserver.core.errors import NotFound, Unavailable
from mockserver.core.faults import Fault
from mockserver.core.rules import placed
from mockserver.core.wording import quoted, worded
from mockserver.http.control.answers import Faulty
from mockserver.http.control.request import SHORT, ControlEndpoint, ControlRequest
from mockserver.http.threads import in_thread
from mockserver.world.bounds import MOST_ADDED_FAULT_BYTES, MOST_ADDED_FAULTS
from mockserver.world.rules_in_force import InForce
from mockserver.world.world import World

if TYPE_CHECKING:
    from mockserver.language.decode import Decoded


class RuleView(Struct, frozen=True):
    """A rule in force: how often its conditions were met, and how often it fired."""

    name: str
    place: str
    seen: int
    fired: int
    on: list[str] | UnsetType = UNSET


class Rules(Struct, frozen=True):
    """The rules in force, in the order in which they are asked."""

    faults: list[RuleView]
    limits: list[RuleView]
    generations: list[RuleView]


def rule_view(rule: InForce[Any], on: Iterable[str] | UnsetType = UNSET) -> RuleView:
    """Return the view of a rule in force; `on` are the operations that it is for."""
    return RuleView(rule.name, rule.place, rule.seen, rule.fired, UNSET if on is UNSET else [*on])


def rules_view(world: World) -> Rules:
    """Return the view of the rules in force."""
    return Rules(
        [rule_view(fault, fault.rule.on) for fault in world.faults.in_force],
        [rule_view(limit, limit.rule.on) for limit in world.limits.in_force],
        [rule_view(life) for life in world.lives],
    )


def index(request: ControlRequest) -> Rules:
    """List the rules in the order in which they are asked."""
    return rules_view(request.open_world())


INDEX: Final = partial(
    ControlEndpoint,
    name="faults",
    answer=index,
    summary="List the rules in force, with what each has seen",
    view=Rules,
    errors=(404,),
)


async def add(request: ControlRequest) -> RuleView:
    """Put a fault before all others, until it is removed or the world starts over."""
    decoded = request.decoded(Fault)
    if len(request.sent.body) > SHORT:
        problems = await in_thread(partial(_problems, decoded))
    else:
        problems = _problems(decoded)
    if problems or decoded.value is None:
        raise Faulty(problems)
    return request.steer(partial(_added, decoded.value, len(request.sent.body)))


ADD: Final = partial(
    ControlEndpoint,
    name="add_fault",
    answer=add,
    summary="Put a fault before all others",
    body=Fault,
    view=RuleView,
    success=201,
    errors=(503,),
)


def _problems(decoded: "Decoded[Fault]") -> list[Problem]:
    """Return every mistake in a fault; if there is none, compile its conditions."""
    # Not at the top: they bring the introspection library, as in `ControlRequest.decoded`.
    from mockserver.language.decode import MOST_PROBLEMS
    from mockserver.language.rule_checks import of_fault

    if decoded.value is None:
        return list(decoded.problems)
    findings = islice(of_fault(decoded.value), MOST_PROBLEMS)
    problems = [*decoded.problems, *(Problem(decoded.place(path), sentence) for path, sentence in findings)]
    _ = decoded.value.tests
    return problems


def _added(fault: Fault, size: int, world: World) -> RuleView:
    faults = world.faults
    if len(faults.in_force) - len(faults.scripted) >= MOST_ADDED_FAULTS:
        raise Unavailable(f"a world takes at most {MOST_ADDED_FAULTS} faults beside its scenario's; remove some")
    if faults.added_bytes + size > MOST_ADDED_FAULT_BYTES:
        raise Unavailable(
            f"a world takes at most {MOST_ADDED_FAULT_BYTES} bytes of faults beside its scenario's; it has"
            f" {faults.added_bytes}, and this fault {size}; remove some"
        )
    taken = {each.name for each in faults.in_force}
    name = fault.name or next(new for i in count(faults.added + 1) if (new := f"added.{i}") not in taken)
    if name in taken:
        raise Faulty(
            [Problem("$.name", f"expected a new name, found {quoted(name)}, which a fault in force has already")]
        )
    added = faults.add(name, placed(fault, name, f"control:{name}"), size)
    return rule_view(added, added.rule.on)


def remove(request: ControlRequest) -> RuleView:
    """Take a fault out of force, an added one or one of the scenario."""
    return request.steer(partial(_removed, request.ids["name"]))


REMOVE: Final = partial(
    ControlEndpoint,
    name="remove_fault",
    answer=remove,
    summary="Take a fault out of force",
    view=RuleView,
    errors=(404, 503),
)


def _removed(name: str, world: World) -> RuleView:
    removed = world.faults.remove(name)
    if removed is None:
        known = ", ".join(worded(fault.name) for fault in world.faults.in_force[:5]) or "none"
        raise NotFound(f"there is no fault {worded(name)} in force in the world {world.name}; there is {known}")
    return rule_view(removed, removed.rule.on)
