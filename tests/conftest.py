"""Settings of all tests: the effort of the laws, and pytest within pytest."""

from hypothesis import settings

pytest_plugins = ["pytester"]

# No deadline, because the machine may be busy; no database, because every run must try the same number of new cases.
settings.register_profile("laws", max_examples=60, deadline=None, database=None)
settings.load_profile("laws")
