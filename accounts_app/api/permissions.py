"""The permission of all views with a user."""

from typing import TYPE_CHECKING

from django.http import Http404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

if TYPE_CHECKING:  # the settings name this module, and importing views reads them
    from rest_framework.views import APIView


class IsCaller(IsAuthenticated):
    """The caller is signed in. A `user_id` in the path must be the caller's own, otherwise the answer is 404."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        named = view.kwargs.get("user_id")
        if named is not None and str(named) != str(request.user.pk):
            raise Http404
        return True
