"""The pure core: values in, values out. No clock, database, files, logging or randomness.

Read in this order: `values`, `instants`, `calendar`, `spans`, `workflow`, `decide`, `docket`.
"""
