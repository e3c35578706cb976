"""The scenario language: text in, a scenario or every problem in it out."""
