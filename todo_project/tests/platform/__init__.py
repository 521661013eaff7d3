"""Starts the platform's roles as real processes on real services, breaks them, and asks what is left.

roles.py       one process: start, kill -9, freeze, stop and see its exit code
databases.py   a database of its own for each platform, copied from one that is migrated once
platforms.py   the processes that work on one database, with one broker
hands.py       a process that acts on a platform when told to: writes, finishes, audits
people.py      a person over HTTP, and their socket
probe.py       imported by every process: consumers that write down what they apply, and fail when told to
"""
