"""Tells the broker how far each stream has come."""

from events_app.relay.relay import Relay

__all__ = ["Relay"]
