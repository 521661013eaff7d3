"""Calls with an Idempotency-Key: carried out once, answered the same for a day."""
