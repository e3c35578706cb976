"""What stands beside the API on the same port: where everything is, and `/__mock`."""
