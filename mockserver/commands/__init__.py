"""The commands of `imaginelab-mock`, a module each."""
