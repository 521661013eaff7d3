"""How the two ways to sign in appear in the OpenAPI document; imported when the apps are ready."""

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from accounts_app.api.authentication import BearerAuthentication, SessionAuthentication


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers itself
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token (a JWT, from a sign-in), or a personal token (`todo_pat_…`).",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
