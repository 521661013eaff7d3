from django.urls import URLPattern, URLResolver, re_path

from accounts_app.api import (
    password_views,
    personal_token_views,
    second_factor_views,
    session_views,
    views,
)
from accounts_app.api.export_view import ExportView

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^api/auth/register/?$", views.RegisterView.as_view(), name="register"),
    re_path(r"^api/auth/token/?$", views.TokenView.as_view(), name="token"),
    re_path(r"^api/auth/token/refresh/?$", views.RefreshView.as_view(), name="token-refresh"),
    re_path(r"^api/auth/logout/?$", views.LogoutView.as_view(), name="logout"),
    re_path(r"^api/auth/me/?$", views.MeView.as_view(), name="me"),
    re_path(r"^api/auth/email/?$", views.EmailView.as_view(), name="email"),
    re_path(r"^api/auth/email/confirm/?$", views.ConfirmEmailView.as_view(), name="email-confirm"),
    re_path(
        r"^api/auth/personal-tokens/?$",
        personal_token_views.PersonalTokensView.as_view(),
        name="personal-tokens",
    ),
    re_path(
        r"^api/auth/personal-tokens/(?P<token_id>[0-9]+)/?$",
        personal_token_views.PersonalTokenView.as_view(),
        name="personal-token",
    ),
    re_path(r"^api/auth/session/?$", session_views.SessionView.as_view(), name="session"),
    re_path(r"^api/auth/sign-ins/?$", session_views.SignInsView.as_view(), name="sign-ins"),
    re_path(
        r"^api/auth/sign-ins/(?P<sign_in_id>[^/]+)/?$", session_views.SignInView.as_view(), name="sign-in"
    ),
    re_path(r"^api/auth/password/?$", password_views.PasswordView.as_view(), name="password"),
    re_path(
        r"^api/auth/password/reset/?$", password_views.PasswordResetView.as_view(), name="password-reset"
    ),
    re_path(
        r"^api/auth/password/reset/confirm/?$",
        password_views.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    re_path(
        r"^api/auth/second-factor/?$", second_factor_views.SecondFactorView.as_view(), name="second-factor"
    ),
    re_path(
        r"^api/auth/second-factor/confirm/?$",
        second_factor_views.ConfirmSecondFactorView.as_view(),
        name="second-factor-confirm",
    ),
    re_path(r"^api/export/?$", ExportView.as_view(), name="export"),
    re_path(r"^api/ws-tickets/?$", views.TicketView.as_view(), name="ws-tickets"),
]
