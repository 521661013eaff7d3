"""What the views of accounts share."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, cast

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts_app.api.authentication import SessionAuthentication
from accounts_app.credentials.scopes import NO_ACCESS
from foundation.http.parameters import KnownParameters
from foundation.http.serializers import EmptySerializer

# Tokens and tickets belong in no cache (RFC 6749, section 5.1).
NO_STORE: Final = {"Cache-Control": "no-store"}


class FormView(APIView):
    """A view whose page shows, for each method with a body, a form with the names of its fields."""

    token_access = NO_ACCESS
    forms: ClassVar[Mapping[str, type[BaseSerializer[Any]]]] = {}

    def get_serializer(self, *args: Any, **options: Any) -> BaseSerializer[Any]:
        """Return the serializer of the body of the present method, or of a change of what a GET answers.

        The pages of the browsable API ask for it.
        """
        named = (self.request.method or "", "PATCH", "PUT")
        form = next((self.forms[each] for each in named if each in self.forms), EmptySerializer)
        return form(*args, **options)


class OpenView(FormView):
    """An endpoint whose body is the credential: an Authorization header is neither needed nor read."""

    authentication_classes = ()
    permission_classes = (KnownParameters,)


def demand_csrf_token(request: Request) -> None:
    """Raise PermissionDenied unless the call has the CSRF token of its browser. DRF asks only those signed in."""
    SessionAuthentication().enforce_csrf(request)


def plain_request(request: Request) -> HttpRequest:
    """Return Django's own request, which its functions for sessions take."""
    return request._request


def valid_body(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    """Return the validated body of a call; raise ValidationError with all that is wrong."""
    serializer.is_valid(raise_exception=True)
    return cast(dict[str, Any], serializer.validated_data)
