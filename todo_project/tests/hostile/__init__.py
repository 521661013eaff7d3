"""Hostile input: what strangers send, and what must not come of it."""
