"""System checks of settings and URLs."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from accounts_app.api.permissions import IsCaller

MIN_KEY_BYTES = 32


@register()
def check_secret_key(**_: object) -> list[CheckMessage]:
    """HS256 needs a key of at least 256 bits (RFC 7518, section 3.2)."""
    keys = {
        "TODO_SECRET_KEY": [settings.SECRET_KEY],
        "TODO_SECRET_KEY_FALLBACKS": settings.SECRET_KEY_FALLBACKS,
    }
    return [
        Error(f"{name} must have at least {MIN_KEY_BYTES} characters.", id="accounts_app.E001")
        for name, each in keys.items()
        if any(len(key.encode()) < MIN_KEY_BYTES for key in each)
    ]


@register()
def check_paths_of_users(**_: object) -> list[CheckMessage]:
    """A path with `user_id` must lead to a view with the permission IsCaller."""
    return [
        Error(f"{pattern.pattern} has a user_id but not the permission IsCaller.", id="accounts_app.E002")
        for pattern in _patterns(get_resolver().url_patterns)
        if "user_id" in pattern.pattern.regex.groupindex and not _is_guarded(pattern)
    ]


def _patterns(entries: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns)
        else:
            yield entry


def _is_guarded(pattern: URLPattern) -> bool:
    view: Any = pattern.callback
    permissions = getattr(getattr(view, "cls", None), "permission_classes", ())
    return any(isinstance(each, type) and issubclass(each, IsCaller) for each in permissions)
