"""Which routes are for people and which are internal: for probes and the Dapr sidecar, which know a process by address.

`TODO_ROUTES` chooses what a process serves. Probes are always served: kubelet asks each process, and they tell nothing
that is secret. The proxy or gateway in front routes no internal path at all (docs/decisions/roles.md).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.urls import URLPattern, URLResolver, include
from django.urls.resolvers import RoutePattern

Routes = Sequence[URLPattern | URLResolver]


def is_internal(path: str) -> bool:
    """Return whether a path, percent-decoded, is for probes or the sidecar."""
    patterns = (*settings.PROBE_PATHS, *settings.SIDECAR_PATHS)
    return any(re.fullmatch(pattern, path) for pattern in patterns)


def served_routes(
    served: str, *, probes: Routes, public: Routes, sidecar: Routes
) -> list[URLPattern | URLResolver]:
    """Return the routes of a process with this `TODO_ROUTES`, in the order in which Django tries them."""
    chosen: Mapping[str, Sequence[Routes]] = {
        "all": (probes, sidecar, public),
        "public": (probes, public),
        "internal": (probes, sidecar),
    }
    return [route for routes in chosen[served] for route in routes]


class StartPattern(RoutePattern):
    """An empty prefix that lets only paths pass that start with one of some texts."""

    def __init__(self, starts: Sequence[str]) -> None:
        super().__init__("")
        self._starts = tuple(starts)

    def match(self, path: str) -> tuple[str, tuple[Any, ...], dict[str, int | str]] | None:
        """Return the whole path, or None."""
        return (path, (), {}) if path.startswith(self._starts) else None


def routes_under(starts: Sequence[str], module: str) -> URLResolver:
    """Return the routes of a module, which are tried only for paths that start with one of `starts`.

    Django tries pattern by pattern: a call whose route came last cost 0.3 ms before its view was found.
    """
    patterns, app_name, namespace = include(module)
    return URLResolver(StartPattern(starts), patterns, app_name=app_name, namespace=namespace)


class HostOnPublicRoutes(CommonMiddleware):
    """Django's CommonMiddleware, which refuses names that are not in ALLOWED_HOSTS, on public routes alone.

    kubelet sends the address of the pod as Host and a sidecar always 127.0.0.1, and neither can be in ALLOWED_HOSTS. No
    internal answer contains the host, and what changes anything demands the sidecar's token.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        """Return a redirect or None. Raises DisallowedHost."""
        return None if is_internal(request.path_info) else super().process_request(request)
