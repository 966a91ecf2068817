"""Service requests of a city: a pothole, a street light, a noise, from the report to the repair."""
