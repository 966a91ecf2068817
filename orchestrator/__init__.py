"""A durable orchestrator for cases that live by their deadlines.

The outcome of a case never depends on when a process woke up. Inside (`core`) is thinking, outside
is doing: the engine loads, asks the core, saves; the doors (Python, command line) call the engine.
"""

__version__ = "0.1.0"
