"""Road traffic fines of an Italian municipal police: a workflow written against the notation alone."""
