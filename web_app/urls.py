"""The routes of the page, one by one: an edge that lists what it lets through can copy them.

Without the page (`TODO_WEB_CLIENT=off`) only the service worker's address stays: it then answers a worker that
removes itself, so that browsers that once had the page lose it; `/` leads to the API's documentation.
"""

from django.conf import settings
from django.urls import URLPattern, path, re_path

from web_app import views

# The screens under /app/. Each opens by its address; what else stands under /app/ is 404.
SCREENS = (
    r"today",
    r"upcoming",
    r"inbox",
    r"all",
    r"overdue",
    r"done",
    r"search",
    r"tags",
    r"view/[0-9]+",
    r"notifications",
    r"reminders",
    r"trash",
    r"activity",
    r"settings",
    r"tag/[^/]+",
    r"priority/(?:urgent|high|medium|low)",
    r"task/(?:[0-9]+|new:[0-9a-f-]+)",
)
WORKER_ROUTES: list[URLPattern] = [re_path(r"^sw\.js$", views.worker, name="web-worker")]
PAGE_ROUTES: list[URLPattern] = [
    path("", views.shell, name="web-home"),
    *(re_path(rf"^app/{screen}/?$", views.shell) for screen in SCREENS),
    re_path(r"^sign-in/?$", views.SignInPage.as_view(), name="web-sign-in"),
    re_path(r"^sign-up/?$", views.sign_up, name="web-sign-up"),
    re_path(r"^manifest\.webmanifest$", views.manifest, name="web-manifest"),
]
urlpatterns = [*WORKER_ROUTES, *(PAGE_ROUTES if settings.WEB_CLIENT else [])]
