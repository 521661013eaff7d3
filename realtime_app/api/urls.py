from django.urls import URLPattern, URLResolver, re_path

from realtime_app.api.views import ChangesView

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^api/changes/?$", ChangesView.as_view(), name="changes"),
]
