"""Change a client's process: redirect its connections (`addresses`), and replace its sleeps (`waits`)."""
