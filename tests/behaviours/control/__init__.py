"""Stories of whoever steers a server, over public HTTP only."""
