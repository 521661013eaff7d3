"""Security events: recorded in the histories of their users, and logged in one form."""
