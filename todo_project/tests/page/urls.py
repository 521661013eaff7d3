"""The platform with its page, whatever the setting says."""

from django.urls import URLPattern, URLResolver

from todo_project.urls import handler400, handler403, handler404, handler500
from todo_project.urls import urlpatterns as platform
from web_app.urls import PAGE_ROUTES

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns: list[URLPattern | URLResolver] = [
    *PAGE_ROUTES,
    *platform,
]
