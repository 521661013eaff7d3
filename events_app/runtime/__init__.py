"""What long-running processes need: the engine, leases, heartbeats, an orderly stop."""
