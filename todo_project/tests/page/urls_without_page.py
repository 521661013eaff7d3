"""The platform as `TODO_WEB_CLIENT=off` makes it, whatever the setting says."""

from django.urls import URLPattern, URLResolver

from todo_project.urls import handler400, handler403, handler404, handler500
from todo_project.urls import urlpatterns as platform
from web_app import urls as page

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns: list[URLPattern | URLResolver] = [
    *page.WORKER_ROUTES,
    *(route for route in platform if getattr(route, "urlconf_module", None) is not page),
]
