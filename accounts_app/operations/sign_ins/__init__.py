"""Signing in: bounded attempts, token families, browser sessions, socket tickets, and how many may be open."""
