"""All URLs, app by app; each app's `api/urls.py` holds whole paths."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("todo_project.api.urls")),
    path("", include("events_app.api.urls")),
    path("", include("accounts_app.api.urls")),
    path("", include("tasks_app.api.urls")),
    path("", include("notifications_app.api.urls")),
    path("", include("audit_app.api.urls")),
    path("", include("realtime_app.api.urls")),
]
