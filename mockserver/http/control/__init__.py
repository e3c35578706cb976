"""The control plane beside the API on the same port: `/` and `/__mock`."""
