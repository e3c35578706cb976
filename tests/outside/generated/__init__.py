"""Tools written by others make clients from the served documents; programs use these clients."""
