"""Several servers behind one address: proxies with the configuration of the documentation distribute the worlds."""
