"""The application's tests are run by its own pytest, in its own environment, and not by this one."""

collect_ignore = ["application"]
