"""Whether the platform works: what probes answer, and the heartbeats of roles without a loop of ours."""
