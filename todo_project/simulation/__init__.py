"""The whole event core on one thread, driven step by step from a seed, with everything going wrong.

Writers, relays, kernels, reconcile, sweeps and sockets are the real ones; the broker, the clock and chance
are passed in. Between any two steps a process may crash, a message may be lost, doubled or overtaken, the
database may refuse, and the clock may jump. A seed replays exactly.
"""
