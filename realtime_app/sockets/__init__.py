"""A user's sockets: what is said over one, what one process shares, what reaches it."""
