"""Parts of long-running processes: the engine, leases, heartbeats, the watchdog, an orderly stop."""
