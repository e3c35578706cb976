"""Stories of a client's life, over public HTTP only."""
