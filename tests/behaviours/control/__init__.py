"""Stories of steering a server, over public HTTP only."""
