from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from events_app.api import dapr

urlpatterns: list[URLPattern | URLResolver] = [
    path("dapr/subscribe", dapr.subscriptions),
    path("dapr/events/<str:topic>", dapr.deliveries),
    path("job/<str:name>", dapr.job),
    path("wake/<str:name>", dapr.wake),
    *(path(spec.binding, dapr.cron, {"sweep": spec.name}) for spec in settings.EVENT_SWEEPS if spec.binding),
]
