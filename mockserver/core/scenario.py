"""A scenario contains the sections of one script. The types of each section are defined in the module of their concept.

The settings of `api` are the assumed behaviours. Only this module defines their defaults.
"""

import re
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from mockserver.core import instant
from mockserver.core.account import REFERENCE_ACCOUNT, Declaration
from mockserver.core.clock import ClockSettings
from mockserver.core.faults import Fault
from mockserver.core.forms import Duration, Size
from mockserver.core.generation import MODELS, Life, Model
from mockserver.core.limits import Limit
from mockserver.core.token import TokenSettings
from mockserver.core.wallet import WalletSettings

# Source: API reference, "Create a generation": `created_at` and `id` of the published record.
REFERENCE_START: Final = instant.from_iso("2026-06-07T12:00:00Z")
REFERENCE_GENERATION: Final = 1842

PageSize = Annotated[int, Meta(ge=1, le=10_000)]


class MediaSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section `media`: how long a link is valid, in microseconds (None: for ever), and if tokens are refused."""

    ttl: Duration | None = None
    reject_authorization: bool = False


class ApiSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section `api`: the assumptions where the reference is silent."""

    unknown_models: Literal["reject", "accept"] = "reject"
    prompt_max: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    body_max: Size = 1024**2
    create_status: Annotated[int, Meta(ge=200, le=299)] = 201
    order: Literal["newest-first", "oldest-first"] = "newest-first"
    validation: Literal["documented", "fastapi-422"] = "documented"
    trailing_slash: Literal[404] | Literal["redirect-307"] = 404
    timestamps: Literal["z", "naive-microseconds"] = "z"
    page_size: PageSize = 20
    page_size_max: PageSize = 100
    cors: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    first_generation: Annotated[int, Meta(ge=1, le=1_000_000_000)] = REFERENCE_GENERATION


class Scenario(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One script. An empty script plays the documented happy path.

    `extends` names the parent scenario. The reader of files merges the two scenarios; this field only keeps the name.
    """

    description: str = ""
    extends: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = REFERENCE_GENERATION
    clock: ClockSettings = ClockSettings()
    accounts: Annotated[tuple[Declaration, ...], Meta(max_length=10_000)] = (REFERENCE_ACCOUNT,)
    models: Annotated[tuple[Model, ...], Meta(max_length=10_000)] = MODELS
    generations: Annotated[tuple[Life, ...], Meta(max_length=10_000)] = ()
    faults: Annotated[tuple[Fault, ...], Meta(max_length=10_000)] = ()
    limits: Annotated[tuple[Limit, ...], Meta(max_length=10_000)] = ()
    wallet: WalletSettings = WalletSettings()
    tokens: TokenSettings = TokenSettings()
    media: MediaSettings = MediaSettings()
    api: ApiSettings = ApiSettings()

    @property
    def gist(self) -> str:
        """The first sentence of the description, on one line."""
        return re.split(r"(?<=[.!?]) ", " ".join(self.description.split()), maxsplit=1)[0]
