"""Reads of accounts: users by their credentials, browser sessions, preferences, address requests."""
