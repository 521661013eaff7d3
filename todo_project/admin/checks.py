"""System check for every admin page, ours and those of packages."""

from collections.abc import Iterator

from django.contrib import admin
from django.core.checks import CheckMessage, Error, Tags, register

from foundation.http.confirmation import AdminPage


@register(Tags.admin)
def check_actions_declare_permissions(**_: object) -> list[CheckMessage]:
    """Return an error for each action without permissions: everybody who may view the page could run it (CVE-2026-33312
    of Vikunja was such an action).

    With permissions, Django shows and runs an action only for those who have one of them. That each action notes what
    it did is tested by test_admin_actions.py.
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
    """Yield the name and the function of each action of a page, including those of the whole site."""
    yield from admin.site.actions
    for each in page.actions or ():
        if (found := page.get_action(each)) is not None:
            function, name, _ = found
            yield name, function
