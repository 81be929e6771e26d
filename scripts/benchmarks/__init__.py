"""The benchmark: each kind of work beside its limit, in one run on one machine."""
