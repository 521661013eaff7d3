"""What every page of the admin must hold to, ours and those of packages."""

from collections.abc import Iterator

from django.contrib import admin
from django.core.checks import CheckMessage, Error, Tags, register

from foundation.http.confirmation import AdminPage


@register(Tags.admin)
def check_actions_declare_permissions(**_: object) -> list[CheckMessage]:
    """An action without permissions may be run by all who may look at the page (Vikunja's CVE-2026-33312).

    Django then shows and runs an action only for those who have one of its permissions; what they did is noted by the
    action itself, which test_admin_actions.py walks.
    """
    return [
        Error(
            f"{type(page).__module__}.{type(page).__name__}: the action {name} declares no permissions.",
            hint='Write @admin.action(permissions=["operate"]), or "change", "delete", … of the page.',
            id="todo_project.E002",
        )
        for page in admin.site._registry.values()
        for name, function in actions_of(page)
        if not getattr(function, "allowed_permissions", None)
    ]


def actions_of(page: AdminPage) -> Iterator[tuple[str, object]]:
    """Yield name and function of each action that a page may offer, with those of the whole site."""
    yield from admin.site.actions
    for each in page.actions or ():
        if (found := page.get_action(each)) is not None:
            function, name, _ = found
            yield name, function
