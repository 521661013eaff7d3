"""The hash chain of a user's trail: its links, and the insertion of many at once."""
