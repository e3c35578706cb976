"""What all tests share: how hard the laws are tried."""

from hypothesis import settings

# No deadline, because the machine is shared; no database, because a checkout stays as it was.
settings.register_profile("laws", max_examples=60, deadline=None, database=None)
settings.load_profile("laws")
