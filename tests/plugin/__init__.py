"""The pytest plugin: its parts, and sessions that use it."""
