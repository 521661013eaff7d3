"""What one installation keeps on disk: files that only its owner may read, and its secret key."""
