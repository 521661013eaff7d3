"""Data for trying the platform out."""
