"""All URLs, app by app; the patterns in each app's `api/urls.py` are complete paths."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from todo_project.health import views
from todo_project.web import mail_pages
from todo_project.web.routes import routes_under, served_routes

probe_routes = [
    re_path(r"^livez/?$", views.livez, name="livez"),
    re_path(r"^readyz/?$", views.readyz, name="readyz"),
    re_path(r"^startupz/?$", views.startupz, name="startupz"),
]
TASK_STARTS = ("api/tasks", "api/todos", "todos", *(f"api/{digit}" for digit in range(10)))
public_routes: list[URLPattern | URLResolver] = [
    routes_under(
        (*TASK_STARTS, "api/reminders", "api/tags", "api/views", "api/series", "api/recurrence"),
        "tasks_app.api.urls",
    ),
    routes_under(("api/changes",), "realtime_app.api.urls"),
    routes_under(("api/notifications", "api/push"), "notifications_app.api.urls"),
    routes_under(("api/auth", "api/export", "api/ws-tickets"), "accounts_app.api.urls"),
    routes_under(("api/audit", *TASK_STARTS), "audit_app.api.urls"),
    path("admin/", admin.site.urls),
    path("", include("web_app.urls")),  # before the API, whose own `/` it replaces
    path("", include("todo_project.api.urls")),
    re_path(r"^email/confirm/?$", mail_pages.confirm_page, name="email-confirm-page"),
    re_path(r"^password/reset/?$", mail_pages.reset_page, name="password-reset-page"),
    re_path(r"^email/unsubscribe/?$", mail_pages.unsubscribe_page, name="email-unsubscribe-page"),
]
# The cron bindings are at the root, under the names that their sweeps have in Dapr.
bindings = [spec.binding for spec in settings.EVENT_SWEEPS if spec.binding]
sidecar_routes = [routes_under(("dapr/", "job/", "wake/", *bindings), "events_app.api.urls")]
urlpatterns = served_routes(
    settings.ROUTES, probes=probe_routes, public=public_routes, sidecar=sidecar_routes
)
handler400 = "todo_project.api.errors.bad_request"
handler403 = "todo_project.api.errors.permission_denied"
handler404 = "todo_project.api.errors.not_found"
handler500 = "todo_project.api.errors.server_error"
