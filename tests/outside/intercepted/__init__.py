"""Clients of many libraries, unchanged and made beforehand, that ask for the real API's address."""
