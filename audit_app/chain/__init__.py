"""The hash chain of a user's trail: what the hash of an entry covers, and how entries are inserted."""
