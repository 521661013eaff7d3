"""The files of the page, found by reading them: what imports what, what the browser loads early, what it keeps.

Nothing here is listed by hand. A module is part of the page when `app.js` reaches it by imports.
"""

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePosixPath

from django.contrib.staticfiles.storage import staticfiles_storage

APP = Path(__file__).resolve().parent
STATIC = APP / "static"
SHELL = APP / "templates/web_app/shell.html"
ENTRY = "web/app.js"
EARLY = "web/data/early.js"  # part of the entry that runs before the rest of it is there
WORKER = "web/sw.js"
# Scripts that pages load by themselves: the two forms, and the worker of a server without the page.
STANDALONE = ("web/zone-guess.js", "web/sign-in.js", "web/sw-off.js")
ICONS = ("web/icon.svg", "web/icon-maskable.svg", "web/icon-192.png", "web/icon-512.png")
STYLES = tuple(f"web/css/{name}.css" for name in ("tokens", "base", "list", "filters", "detail", "screens"))
PRINT_STYLE = "web/css/print.css"
FORM_STYLES = tuple(f"web/css/{name}.css" for name in ("tokens", "base", "forms"))
# The bare names inside Lit's own files; our modules import by relative paths.
BARE_NAMES = {
    "@lit/reactive-element": "web/vendor/@lit/reactive-element/reactive-element.js",
    "lit-element/lit-element.js": "web/vendor/lit-element/lit-element.js",
    "lit-html": "web/vendor/lit-html/lit-html.js",
}
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
_IMPORT = re.compile(r"""(?<![\w.$])(?:import|export)(?:[\s\w{},*$]*?\bfrom)?\s*["']([^"']+)["']""")
_LAZY_IMPORT = re.compile(r"""(?<![\w.$])import\(\s*["']([^"']+)["']\s*\)""")


@dataclass(frozen=True)
class Imports:
    """What a module imports, as names of static files: at once, and when a function asks for it."""

    early: tuple[str, ...]
    lazy: tuple[str, ...]
    bare: tuple[str, ...]
    """Names that are neither a relative path nor one of BARE_NAMES."""


@cache
def imports_of(name: str) -> Imports:
    """Return what the module `name` imports. Raises FileNotFoundError if there is no such module."""
    text = _COMMENT.sub("", (STATIC / name).read_text())
    early, lazy = _IMPORT.findall(text), _LAZY_IMPORT.findall(text)
    return Imports(
        early=tuple(filter(None, (_resolve(name, each) for each in early))),
        lazy=tuple(filter(None, (_resolve(name, each) for each in lazy))),
        bare=tuple(each for each in (*early, *lazy) if not _resolve(name, each)),
    )


def _resolve(importer: str, specifier: str) -> str:
    if not specifier.startswith("."):
        return BARE_NAMES.get(specifier, "")
    parts: list[str] = []
    for part in (PurePosixPath(importer).parent / specifier).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def reachable_from(entry: str, *, with_lazy: bool) -> tuple[str, ...]:
    """Return the modules that `entry` imports, directly or not, itself first; with or without those loaded later."""
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = None
        imports = imports_of(name)
        waiting += [*imports.early, *(imports.lazy if with_lazy else ())]
    return tuple(found)


def own_modules() -> tuple[str, ...]:
    """Return every module of ours: all JavaScript files but the vendored ones."""
    paths = sorted((STATIC / "web").rglob("*.js"))
    names = (path.relative_to(STATIC).as_posix() for path in paths)
    return tuple(name for name in names if not name.startswith("web/vendor/"))


def static_url(name: str) -> str:
    """Return the address of a static file, in production with the hash of its content."""
    return staticfiles_storage.url(name)


@cache
def import_map() -> str:
    """Return the text of the import map, the page's only inline script."""
    return json.dumps({"imports": {bare: static_url(name) for bare, name in BARE_NAMES.items()}})


@cache
def import_map_hash() -> str:
    """Return the source expression that lets exactly this import map run (CSP level 3, section 2.3.1)."""
    return f"'sha256-{b64encode(sha256(import_map().encode()).digest()).decode()}'"


@cache
def preload_urls() -> tuple[str, ...]:
    """Return the addresses of the modules without which the first list can not be shown."""
    return tuple(map(static_url, reachable_from(ENTRY, with_lazy=False)))


@cache
def style_urls() -> tuple[str, ...]:
    """Return the addresses of the page's style sheets for screens, in the order of the cascade."""
    return tuple(map(static_url, STYLES))


@cache
def form_style_urls() -> tuple[str, ...]:
    """Return the addresses of the style sheets of the two forms, in the order of the cascade."""
    return tuple(map(static_url, FORM_STYLES))


@cache
def precache_urls() -> tuple[str, ...]:
    """Return the addresses that the service worker keeps for opening the page without a network."""
    modules = map(static_url, reachable_from(ENTRY, with_lazy=True))
    return (*style_urls(), static_url(PRINT_STYLE), *modules, *map(static_url, ICONS))


@cache
def build() -> str:
    """Return a short name of this build: another one as soon as any file of the page differs, its shell too."""
    digest = sha256()
    for path in (*sorted((STATIC / "web").rglob("*")), SHELL):
        if path.is_file():
            digest.update(path.relative_to(APP).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
