"""The server in front of sockets: daphne with bounds, and what it refuses."""
