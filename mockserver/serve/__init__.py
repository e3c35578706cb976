"""A server in the foreground or in a thread."""
