"""Databases to work on, made by the engine the honest way; many are clones of a few."""
