"""The cost of an order, by the models on offer."""

from collections.abc import Iterable
from itertools import islice
from typing import Literal

from mockserver.core.errors import Flaw, Invalid
from mockserver.core.generation import PRICES, Model, Order


def price_of(order: Order, offered: Iterable[Model], *, unknown: Literal["reject", "accept"]) -> int:
    """Return the credits that an order costs.

    Raises Invalid if its model is not on offer, or makes things of another type.

    If `unknown` is `accept`, an unknown model costs the price of its type in PRICES.
    """
    models = {model.name: model for model in offered}
    model = models.get(order.model_name)
    if model is None and unknown == "accept":
        return PRICES[order.generation_type]
    if model is None:
        raise Invalid(Flaw("model_name", f"there is no model {order.model_name!r}"), hint=_ways_out(models))
    if model.generation_type is not order.generation_type:
        raise Invalid(Flaw("model_name", f"{model.name} makes {model.generation_type}, not {order.generation_type}"))
    return model.cost


def _ways_out(names: Iterable[str]) -> str:
    # Only the first 20: the text travels in a header, and clients refuse lines of 64 KiB.
    some = list(islice(names, 21))
    known = ", ".join(some if len(some) <= 20 else [*some[:20], "…"])
    return f"known here: {known}; declare others under `models`, or set `api: {{unknown_models: accept}}`"
