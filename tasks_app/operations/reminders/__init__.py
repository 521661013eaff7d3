"""Reminders: editing, planning and firing them, and their events."""
