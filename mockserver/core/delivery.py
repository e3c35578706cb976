"""How an answer goes over the wire: a few steps, one after the other. No steps at all: at once and whole."""

from typing import Final

from msgspec import Struct, structs

from mockserver.core.faults import Drip, Drop, Then, Truncate


class Wait(Struct, frozen=True):
    """Let real time pass."""

    duration: int
    """Microseconds."""


class Head(Struct, frozen=True):
    """Send the status and the headers."""


class Body(Struct, frozen=True):
    """Send the body."""

    part: float = 1
    """The part of it that is sent, from 0 to 1."""
    drip: Drip | None = None
    """The size and the interval of the pieces; None for all at once."""


class Raw(Struct, frozen=True):
    """Send bytes that are no HTTP."""

    data: bytes


class Hang(Struct, frozen=True):
    """Send nothing more until the client gives up."""


class Close(Struct, frozen=True):
    """Close the connection after the bytes that are sent."""


class Reset(Struct, frozen=True):
    """End the connection with a RST; bytes on their way are lost."""


Step = Wait | Head | Body | Raw | Hang | Close | Reset
Delivery = tuple[Step, ...]

WHOLE: Final[Delivery] = (Head(), Body())

GARBAGE: Final = b"\x16\x03\x01 this is no HTTP \x00\xff\xfe\r\n\r\n"

_DROPS: Final[dict[Drop, Delivery]] = {
    Drop.RESET: (Reset(),),
    Drop.CLOSE: (Close(),),
    Drop.HANG: (Hang(),),
    Drop.GARBAGE: (Raw(GARBAGE), Close()),
}


def dropped(drop: Drop | Truncate) -> Delivery:
    """Return the steps of a connection that dies: instead of an answer, or in the middle of one."""
    return (Head(), Body(drop.truncate), Close()) if isinstance(drop, Truncate) else _DROPS[drop]


def drop_of(delivery: Delivery) -> Drop | None:
    """Return the way in which a connection dies instead of carrying an answer; None for any other delivery."""
    steps = tuple(step for step in delivery if not isinstance(step, Wait))
    return next((drop for drop, dying in _DROPS.items() if dying == steps), None)


def slowed(delivery: Delivery, then: Then) -> Delivery:
    """Return a delivery with the waiting and the pieces that a rule adds."""
    if not then.delay and then.drip is None:
        return delivery
    steps = delivery or WHOLE
    if then.drip is not None:
        steps = tuple(structs.replace(step, drip=then.drip) if isinstance(step, Body) else step for step in steps)
    return (Wait(then.delay), *steps) if then.delay else steps
