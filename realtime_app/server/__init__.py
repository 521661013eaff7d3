"""The server of sockets: daphne with limits, and the problems with which it refuses requests."""
