"""Reads of tasks, series, tags and reminders: the only ways to a user's rows."""
