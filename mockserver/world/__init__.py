"""The worlds of one server: each is one run of a scenario, with its state and its events."""
