"""What one installation keeps on disk: its private files and its secret key."""
