"""Whether the platform works: the answers for probes, and the heartbeats of the web role and of Celery."""
