"""Clients in many languages, each as its users write it, that get to the mock without a line of them changed.

`clients/` has them. They know the published base URL and nothing of a mock; each takes the file for its picture as the
only argument, and who it is and how long it waits between two polls from variables of its own.
"""
