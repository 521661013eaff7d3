"""Reminders: planned, fired, edited, planned again, and the events about them."""
