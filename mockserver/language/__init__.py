"""The scenario language: it turns a text into a scenario, or into a list of all problems in the text."""
