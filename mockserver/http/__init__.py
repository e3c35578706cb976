"""HTTP: the only folder that knows the web framework."""
