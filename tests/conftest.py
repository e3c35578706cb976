"""What all tests share: how hard the laws are tried."""

from hypothesis import settings

# No deadline, because the machine may be busy; no database, because every run is to try the same number of new cases.
settings.register_profile("laws", max_examples=60, deadline=None, database=None)
settings.load_profile("laws")
