"""The log: how a user's history is written, appended to and read."""
