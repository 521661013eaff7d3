from django.urls import URLPattern, URLResolver, re_path

from notifications_app.api import push_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^api/notifications/?$", views.NotificationsView.as_view(), name="notifications"),
    re_path(r"^api/notifications/read/?$", views.ReadAllView.as_view(), name="notifications-read"),
    re_path(
        r"^api/notifications/(?P<notification_id>[0-9]+)/read/?$",
        views.ReadView.as_view(),
        name="notification-read",
    ),
    re_path(r"^api/push/subscriptions/?$", push_views.SubscriptionsView.as_view(), name="push-subscriptions"),
    re_path(
        r"^api/push/subscriptions/(?P<subscription_id>[0-9]+)/?$",
        push_views.SubscriptionView.as_view(),
        name="push-subscription",
    ),
    re_path(
        r"^api/push/subscriptions/(?P<subscription_id>[0-9]+)/test/?$",
        push_views.TrialView.as_view(),
        name="push-subscription-test",
    ),
]
