"""Clients that are unchanged, and what becomes of them."""
