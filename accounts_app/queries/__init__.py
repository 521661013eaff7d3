"""Reads of accounts: the only ways to a user through what they show."""
