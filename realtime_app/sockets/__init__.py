"""A user's sockets: the protocol, the session of one socket, the hub of a process, pushes between processes."""
