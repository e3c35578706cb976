"""The emulated API. Each handler reads the request, calls one verb of the world, and renders the result."""
