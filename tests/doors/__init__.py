"""The doors, tried from outside, and the house that tests about doors and stores live in."""
