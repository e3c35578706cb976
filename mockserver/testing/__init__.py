"""The parts of the fixture: a server for the session, a world for each test, and a report of its requests."""
