"""Measures the till against peers and against the machine's own limits, in one run."""
