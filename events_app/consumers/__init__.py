"""Readers of the log: which there are, how they are registered, how they advance."""
