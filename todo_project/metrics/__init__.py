"""Numbers for those who watch and scale the platform."""
