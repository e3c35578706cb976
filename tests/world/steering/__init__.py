"""Changes of a world from outside."""
