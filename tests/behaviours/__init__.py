"""The stories a client lives, over public HTTP only."""
