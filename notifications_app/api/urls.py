from django.urls import URLPattern, URLResolver, re_path

from notifications_app.api import views

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^api/notifications/?$", views.NotificationsView.as_view(), name="notifications"),
    re_path(r"^api/notifications/read/?$", views.ReadAllView.as_view(), name="notifications-read"),
    re_path(
        r"^api/notifications/(?P<notification_id>[0-9]+)/read/?$",
        views.ReadView.as_view(),
        name="notification-read",
    ),
]
