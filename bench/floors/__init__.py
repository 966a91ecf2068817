"""The floor: the rows that ours reads and writes, by raw sqlite3, with no thinking in between."""
