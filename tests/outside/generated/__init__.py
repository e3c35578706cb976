"""Clients that tools which nobody here wrote make of the served documents, and programs that use them."""
