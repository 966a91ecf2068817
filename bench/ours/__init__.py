"""The engine as a user has it, each work in a process of its own."""
