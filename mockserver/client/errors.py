"""The errors between a test and its mock server, one class for each way out.

    ControlError
    ├── Invalid        400, 413, 415   the request or the scenario is wrong: `problems` says where
    ├── Refused        401, 403        the server requires its control token, or rejects the host name
    ├── NotFound       404             no such exchange, account, generation, fault or world
    ├── Unavailable    503             a bound of the server is reached; the sentence names the option
    ├── Incomplete     200             the journal has forgotten exchanges that the answer needs
    └── Unreachable    0               no answer, or one that is not from an imaginelab-mock

The text of an error is the server's own sentence if it gave one. It is one printable line, since a report of a test
shows it, and a scripted answer may hold any character.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake or doubtful point, with its place."""

    place: str
    """Such as `$.by` in a request, or `scenario.yaml:3:1` in a scenario."""

    sentence: str

    line: int | None = None
    """The line in a scenario, from 1."""

    column: int | None = None
    """The column in a scenario, from 1."""


class ControlError(Exception):
    """A request to the control plane failed; `status` is the answer's, 0 if there was none."""

    def __init__(self, detail: str, status: int = 0, problems: tuple[Problem, ...] = ()) -> None:
        self.detail = _printable(detail)
        super().__init__(self.detail)
        self.status = status
        self.problems = problems


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class Invalid(ControlError):
    """The request or the scenario is wrong, and nothing was changed."""


class Refused(ControlError):
    """The server requires its control token, or rejects the host name of the request."""


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
