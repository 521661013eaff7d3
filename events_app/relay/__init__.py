"""The relay: it publishes new events to the broker."""

from events_app.relay.relay import Relay

__all__ = ["Relay"]
