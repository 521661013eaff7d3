"""The only ways to a user's rows."""
