"""The emulated API: each handler reads the request, says one verb to the world, and renders what came of it."""
