"""How fast a user may write: two token buckets, shared by all processes."""
