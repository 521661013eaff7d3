from django.urls import URLPattern, URLResolver, path

from events_app.api import dapr

urlpatterns: list[URLPattern | URLResolver] = [
    path("dapr/subscribe", dapr.subscriptions),
    path("dapr/events/<str:topic>", dapr.deliveries),
    path("job/<str:name>", dapr.job),
    *(path(binding, dapr.cron, {"binding": binding}) for binding in dapr.CRON_BINDINGS),
]
