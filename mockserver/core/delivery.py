"""How an answer is sent: as a few steps, one after the other.

No steps means that the answer is sent at once and whole.
"""

from typing import Final

from msgspec import Struct, structs

from mockserver.core.faults import Drip, Drop, Then, Truncate


class Wait(Struct, frozen=True):
    """Let real time pass."""

    duration: int
    """The wait, in microseconds of real time."""


class Head(Struct, frozen=True):
    """Send the status and the headers."""


class Body(Struct, frozen=True):
    """Send the body."""

    part: float = 1
    """The part of the body that is sent, from 0 to 1."""
    drip: Drip | None = None
    """The size and the interval of the pieces; None to send the body at once."""


class Raw(Struct, frozen=True):
    """Send bytes that are not HTTP."""

    data: bytes


class Hang(Struct, frozen=True):
    """Send nothing more, and keep the connection open until the client closes it."""


class Close(Struct, frozen=True):
    """Close the connection after the bytes sent so far."""


class Reset(Struct, frozen=True):
    """End the connection with a TCP RST. Bytes that are still on their way are lost."""


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
    """Return the steps for a connection that fails instead of an answer, or in the middle of an answer."""
    return (Head(), Body(drop.truncate), Close()) if isinstance(drop, Truncate) else _DROPS[drop]


def drop_of(delivery: Delivery) -> Drop | None:
    """Return how a connection fails instead of carrying an answer; None for any other delivery."""
    steps = tuple(step for step in delivery if not isinstance(step, Wait))
    return next((drop for drop, dying in _DROPS.items() if dying == steps), None)


def slowed(delivery: Delivery, then: Then) -> Delivery:
    """Return the delivery with the delay and the pieces that a rule adds."""
    if not then.delay and then.drip is None:
        return delivery
    steps = delivery or WHOLE
    if then.drip is not None:
        steps = tuple(structs.replace(step, drip=then.drip) if isinstance(step, Body) else step for step in steps)
    return (Wait(then.delay), *steps) if then.delay else steps
