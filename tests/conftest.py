"""What all tests share: how hard the laws are tried, and how a session of pytest is tried within one."""

from hypothesis import settings

pytest_plugins = ["pytester"]

# No deadline, because the machine may be busy; no database, because every run is to try the same number of new cases.
settings.register_profile("laws", max_examples=60, deadline=None, database=None)
settings.load_profile("laws")
