from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from accounts_app.forms import SignInForm
from todo_project.api import views

# Django REST framework's templates use these names.
session = [
    re_path(
        r"^login/?$",
        LoginView.as_view(
            template_name="rest_framework/login.html", authentication_form=SignInForm, next_page="/api/"
        ),
        name="login",
    ),
    re_path(r"^logout/?$", LogoutView.as_view(next_page="/api/"), name="logout"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/api/docs/"), name="home"),
    re_path(r"^api/?$", views.IndexView.as_view(), name="api-index"),
    re_path(r"^api/schema/?$", views.SchemaView.as_view(), name="schema"),
    re_path(r"^api/docs/?$", views.DocsView.as_view(url_name="schema"), name="docs"),
    path("api/auth/session/", include((session, "rest_framework"))),
]
