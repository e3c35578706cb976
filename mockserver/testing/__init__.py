"""What a test gets: a server for the session, a world for itself, and a report that says what was asked of it."""
