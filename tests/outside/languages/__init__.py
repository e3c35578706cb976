"""Clients in many languages, written as their users write them, reach the mock without a changed line.

The clients are in `clients/`. They know the published base URL and do not know of a mock. The only argument of a client
is the file for its picture; variables give it the account, the password and the seconds between two polls.
"""
