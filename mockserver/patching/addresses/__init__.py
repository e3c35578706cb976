"""Clients that are unchanged: what they send to the API's host arrives at the mock, over real TLS, in this process."""
