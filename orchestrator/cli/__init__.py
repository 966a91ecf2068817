"""The command line: parse, call the engine, show. Nothing is decided here."""
