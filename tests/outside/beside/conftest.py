"""Leave out the application's tests: the application's own pytest runs them, in its own environment."""

collect_ignore = ["application"]
