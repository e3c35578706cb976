"""One run of a scenario, and all runs of one server: their state and everything that changes it."""
