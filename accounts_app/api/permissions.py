"""The permission of all views with a user."""

from typing import TYPE_CHECKING

from django.http import Http404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.scopes import NO_ACCESS, allows
from accounts_app.errors import ScopeMissing

if TYPE_CHECKING:  # the settings name this module, and importing views reads them
    from rest_framework.views import APIView


class IsCaller(IsAuthenticated):
    """The caller is signed in. A `user_id` in the path must be the caller's own, otherwise the answer is 404.

    A personal token must have the scope that the view's `token_access` names; without one the view refuses all such
    tokens. Raises ScopeMissing.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        _check_scope(request, view)
        named = view.kwargs.get("user_id")
        if named is not None and str(named) != str(request.user.pk):
            raise Http404
        return True


def refuse_tokens(request: Request, view: "APIView") -> None:
    """Raise ScopeMissing when the caller has a personal token: for what a view shows of the account."""
    _require(None, request, view)


def _check_scope(request: Request, view: "APIView") -> None:
    _require(getattr(view, "token_access", NO_ACCESS).scope_for(request.method or ""), request, view)


def _require(needed: str | None, request: Request, view: "APIView") -> None:
    if not isinstance(request.auth, Credential) or request.auth.scopes is None:
        return
    if not allows(request.auth.scopes, needed):
        scope = f', scope="{needed}"' if needed else ""  # RFC 6750, section 3.1
        view.headers["WWW-Authenticate"] = f'Bearer realm="api", error="insufficient_scope"{scope}'
        raise ScopeMissing(needed)
