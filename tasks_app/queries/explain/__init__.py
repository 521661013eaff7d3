"""Why a task is due at a time, what follows it, and why its reminders fire or do not."""
