"""The declarations of a scenario that the control plane does not show: a password, and whether a clock was chosen."""

from dataclasses import dataclass
from functools import lru_cache

from mockserver.client.world import EMAIL, PASSWORD


@dataclass(frozen=True)
class Declared:
    """The e-mail address and the password of the first account, and whether the scenario chooses a clock mode."""

    email: str = EMAIL
    password: str = PASSWORD
    clock: bool = False


@lru_cache
def declared(text: str) -> Declared:
    """Return the declarations of a YAML text.

    They are those of the reference if the text has no account, or extends a file that only the server has.
    """
    if not any(section in text for section in ("accounts", "clock", "extends")):
        return Declared()
    # Not at the top: it brings the YAML library.
    from mockserver.language.file import ScenarioError, parse

    try:
        scenario = parse(text, "scenario.yaml").scenario
    except ScenarioError:
        return Declared()
    account = scenario.accounts[0] if scenario.accounts else Declared()
    return Declared(account.email, account.password, scenario.clock.mode is not None)
