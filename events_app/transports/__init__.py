"""Transports of messages to consumers; `settings.EVENT_TRANSPORT` selects one."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from events_app.transports.base import Transport

# Dotted paths, so that a process does not import the client libraries of other transports.
TRANSPORTS = {
    "embedded": "events_app.transports.embedded.EmbeddedTransport",
    "kafka": "events_app.transports.kafka.KafkaTransport",
    "dapr": "events_app.transports.dapr.DaprTransport",
}


@cache
def transport() -> Transport:
    """Return the transport of this process; it connects on first use."""
    made: Transport = import_string(TRANSPORTS[settings.EVENT_TRANSPORT]).from_settings()
    return made
