"""System checks for sockets."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from realtime_app.queries import READ_TYPES

PATH = "realtime_app.consumers."


@register()
def check_consumer_wants_what_sockets_send(**_: object) -> list[CheckMessage]:
    """Check that the consumer wants exactly the event types that sockets read from the log, so that pushes agree."""
    wants = [spec.wants for spec in settings.EVENT_CONSUMERS if spec.handler.startswith(PATH)]
    if [set(each or ()) for each in wants] == [set(READ_TYPES)]:
        return []
    return [
        Error(
            f"Exactly one of EVENT_CONSUMERS must be handled by {PATH}check_showable and want"
            f" {', '.join(READ_TYPES)}.",
            id="realtime_app.E001",
        )
    ]


@register()
def check_channel_layer(**_: object) -> list[CheckMessage]:
    """Check that there is a default channel layer, on which sockets listen."""
    if "default" in settings.CHANNEL_LAYERS:
        return []
    return [Error("CHANNEL_LAYERS needs a default layer.", id="realtime_app.E002")]
