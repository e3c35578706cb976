"""Unchanged clients under an interception."""
