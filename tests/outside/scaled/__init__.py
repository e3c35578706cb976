"""Several servers behind one address, shared out by the proxies whose configuration stands in the documentation."""
