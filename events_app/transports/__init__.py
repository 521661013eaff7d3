"""Ways to carry messages, chosen by `settings.EVENT_TRANSPORT`."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from events_app.transports.base import Transport

# By dotted path: a process does not load the client libraries of transports that it does not use.
TRANSPORTS = {
    "embedded": "events_app.transports.embedded.EmbeddedTransport",
    "kafka": "events_app.transports.kafka.KafkaTransport",
    "dapr": "events_app.transports.dapr.DaprTransport",
}


@cache
def transport() -> Transport:
    """Return this process's one transport; it connects when first used."""
    made: Transport = import_string(TRANSPORTS[settings.EVENT_TRANSPORT]).from_settings()
    return made
