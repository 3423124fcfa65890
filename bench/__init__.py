"""The benchmark: this server beside its peers, on the same data, in one run."""
