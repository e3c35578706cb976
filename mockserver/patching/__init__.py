"""Everything that is changed in the process of a client: where addresses lead, and how it waits."""
