"""Database and HTTP tools that every app uses and that belong to no app."""
