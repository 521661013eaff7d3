"""The whole event core on one thread, run step by step from a seed, with crashes and failures of all kinds.

Writers, relays, kernels, reconcile, sweeps and sockets are the real ones; the broker, the clock and randomness
are simulated. Between any two steps a process may crash, a message may be lost, repeated or reordered, the
database may raise an error, and the clock may jump. The same seed gives the same run.
"""
