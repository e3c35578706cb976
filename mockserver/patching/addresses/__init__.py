"""Redirect the requests of unchanged clients from the API's host to the mock in this process, over real TLS."""
