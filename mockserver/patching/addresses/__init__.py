"""Unchanged clients: their requests to the API's host arrive at the mock, over real TLS, in this process."""
