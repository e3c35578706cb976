"""Unchanged clients of many libraries, made before the interception, that call the real API's address."""
