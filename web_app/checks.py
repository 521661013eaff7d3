"""System check of the page's modules: each is reachable, imports what exists, and uses no bare names."""

from django.core.checks import CheckMessage, Error, register

from web_app.assets import ENTRY, STANDALONE, WORKER, imports_of, own_modules, reachable_from


@register()
def check_modules(**_: object) -> list[CheckMessage]:
    """Return an error for each module that nothing loads, that imports a missing file, or that has a bare import."""
    try:
        reached = {
            *reachable_from(ENTRY, with_lazy=True),
            *reachable_from(WORKER, with_lazy=True),
            *STANDALONE,
        }
    except FileNotFoundError as missing:
        return [
            Error(f"A module of the page imports {missing.filename}, which is not there.", id="web_app.E001")
        ]
    unreached = [
        Error(f"{name} is part of no page.", hint="Import it, or delete it.", id="web_app.E002")
        for name in own_modules()
        if name not in reached
    ]
    bare = [
        Error(
            f"{name} imports {', '.join(imports_of(name).bare)}.",
            hint="Import by a relative path.",
            id="web_app.E003",
        )
        for name in sorted(reached)
        if imports_of(name).bare
    ]
    return [*unreached, *bare]
