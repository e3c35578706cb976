"""What a scenario's text declares and the control plane does not tell: a password, and whether a clock was chosen."""

from dataclasses import dataclass
from functools import lru_cache

from mockserver.client.world import EMAIL, PASSWORD


@dataclass(frozen=True)
class Declared:
    """The e-mail address and the password of the first account, and whether something is said to move the clock."""

    email: str = EMAIL
    password: str = PASSWORD
    clock: bool = False


@lru_cache
def declared(text: str) -> Declared:
    """Return what YAML declares; what cannot declare anything is not read at all.

    As in the reference, where there is no account, or YAML extends a file that only the server has.
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
