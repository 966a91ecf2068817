"""Tests about time, told as diaries: one line per moment, and every line states all of it."""
