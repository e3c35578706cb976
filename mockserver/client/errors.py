"""What can go wrong between a test and its mock server: one class a way out, each with a sentence to act on.

    ControlError
    ├── Invalid        400, 413, 415   what was asked, or the scenario, is wrong: `problems` says where
    ├── Refused        401, 403        the server does not let in whoever asks
    ├── NotFound       404             no such exchange, account, generation, fault or world
    ├── Unavailable    503             a bound of the server is reached; the sentence names the option
    ├── Incomplete     200             the journal has forgotten exchanges that the answer hangs on
    └── Unreachable    0               no answer, or none that an imaginelab-mock would give

The text of an error is the server's own sentence wherever there is one.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, or likely not meant: where, and what was expected there.

    `place` is `$.by` in a request and `scenario.yaml:3:1` in a scenario, which has `line` and `column` too, from 1.
    """

    place: str
    sentence: str
    line: int | None = None
    column: int | None = None


class ControlError(Exception):
    """What was asked of the control plane did not come about; `status` is the answer's, 0 where there was none."""

    def __init__(self, detail: str, status: int = 0, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.problems = problems


class Invalid(ControlError):
    """The request or the scenario is wrong, and nothing was changed."""


class Refused(ControlError):
    """The server wants its control token, or does not know the name that it was reached by."""


class NotFound(ControlError):
    """There is no such thing, or no longer."""


class Unavailable(ControlError):
    """The server is full."""


class Incomplete(ControlError):
    """The journal has forgotten exchanges that may have matched, and says so instead of a number."""


class Unreachable(ControlError):
    """Nothing answered, or something that is no imaginelab-mock."""


_KINDS = {400: Invalid, 401: Refused, 403: Refused, 404: NotFound, 413: Invalid, 415: Invalid, 503: Unavailable}


def refusal(status: int, detail: str, problems: tuple[Problem, ...] = ()) -> ControlError:
    """Return the error for an answer with this status, in the server's words."""
    return _KINDS.get(status, ControlError)(detail, status, problems)
