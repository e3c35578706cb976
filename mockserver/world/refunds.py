"""The refunds of one world. Each refund is added to its ledger once its generation is old enough.

No other refund is checked for that.

A ledger can also count its refunds without this module, by reading the age of each generation. But this takes long if
very many refunds are not due yet.
"""

from mockserver.core.generation import Generation
from mockserver.world.accounts import Accounts
from mockserver.world.cohorts import passages
from mockserver.world.time import Time


class Refunds:
    """Adds the refunds that have come due to their ledgers.

    `Time` holds a reference to this object. This object holds no reference to `Time`, to avoid a cycle.
    """

    def __init__(self, time: Time, accounts: Accounts) -> None:
        self.looked = time.reading()
        """The reading of the clocks up to which the refunds are settled."""
        self._accounts = accounts
        time.watchers.append(self)

    def changing(self, time: Time, generation: Generation) -> None:
        """Do nothing, because a refund is settled after each change."""

    def changed(self, time: Time, generation: Generation) -> None:
        """Settle the refund of a generation, if the refund is due.

        The generation is new, or its age or its refund has changed.
        """
        ledger = self._accounts[generation.owner].ledger
        refund = ledger.refund(generation.id)
        if refund is not None and refund.due is not None and time.age_of(generation) >= refund.due:
            ledger.count(generation.id)

    def settle(self, time: Time) -> None:
        """Settle the refunds that have come due since the last call."""
        since, reading = self.looked, time.reading()
        if since == reading:
            return
        self.looked = reading
        for cohort, group in time.cohorts.groups(since):
            for passage in passages(group, cohort.refunds, since, reading):
                for generation in passage.generations():
                    self._accounts[generation.owner].ledger.count(generation.id)
        for due in time.cohorts.refunds.passed(since.now, reading.now):
            self._accounts[time.generation(due.generation).owner].ledger.count(due.generation)
