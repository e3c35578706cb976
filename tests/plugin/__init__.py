"""The pytest plugin: what it is made of, and sessions that use it."""
