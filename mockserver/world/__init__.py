"""One run of a scenario, and all runs of one server: what they hold, and what happens in them."""
