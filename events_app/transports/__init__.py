"""Ways to carry messages, chosen by `settings.EVENT_TRANSPORT`."""

from functools import cache

from django.conf import settings

from events_app.transports.base import Transport
from events_app.transports.dapr import DaprTransport
from events_app.transports.embedded import EmbeddedTransport
from events_app.transports.kafka import KafkaTransport


@cache
def transport() -> Transport:
    """Return this process's one transport; it connects when first used."""
    if settings.EVENT_TRANSPORT == "kafka":
        return KafkaTransport(settings.KAFKA, prefix=settings.TOPIC_PREFIX)
    if settings.EVENT_TRANSPORT == "dapr":
        return DaprTransport(settings.DAPR, prefix=settings.TOPIC_PREFIX)
    return EmbeddedTransport()
