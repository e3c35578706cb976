"""The refunds of one world: each is added to its ledger once the generation is old enough, without asking all others.

A ledger can count its refunds alone, by asking the age of each. That takes long if very many are still to come.
"""

from mockserver.core.generation import Generation
from mockserver.world.accounts import Accounts
from mockserver.world.cohorts import passages
from mockserver.world.time import Time


class Refunds:
    """The refunds that have come due. This does not hold the time of the world, which holds it."""

    def __init__(self, time: Time, accounts: Accounts) -> None:
        self.looked = time.reading()
        """The reading of the clocks up to which the refunds are settled."""
        self._accounts = accounts
        time.watchers.append(self)

    def changing(self, time: Time, generation: Generation) -> None:
        """Do nothing: a refund is settled after each change."""

    def changed(self, time: Time, generation: Generation) -> None:
        """Settle the refund of a generation if it is due: the generation is new, or has another age or refund."""
        ledger = self._accounts[generation.owner].ledger
        refund = ledger.refund(generation.id)
        if refund is not None and refund.due is not None and time.age_of(generation) >= refund.due:
            ledger.count(generation.id)

    def settle(self, time: Time) -> None:
        """Settle the refunds that have come due since the last time."""
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
