"""What is measured, of whom, and the goals: one file a work. Nothing heavy is imported here, for a
process's peak of memory begins with that of the one that started it."""
