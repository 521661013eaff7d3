"""A public name of a module means one thing: it is defined in one module, or stands here with the reason why not."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from devstack.paths import REPOSITORY

PACKAGES = ("foundation", "*_app", "todo_project", "devstack")
# Tests and benchmarks are read one by one, Django names the parts of migrations and commands.
ELSEWHERE = {"tests", "benchmarks", "migrations", "commands", "conftest.py"}
OVERRIDDEN = "a Django setting: the settings of one environment override those of base"
ALLOWED = {
    "logger": "what every module calls the logger of its own name",
    "urlpatterns": "the name under which Django looks for the routes of a module",
    "application": "the name under which servers look for what asgi.py and wsgi.py serve",
    "Clock": "what tells the time: to the reader of a line, and to the simulator",
    "main": "what a program calls the function that it starts with",
    "ALLOWED_HOSTS": OVERRIDDEN,
    "AUDIT_KEYS": OVERRIDDEN,
    "CRASH_POINTS_ENABLED": OVERRIDDEN,
    "LOGGING": OVERRIDDEN,
    "PASSWORD_HASHERS": OVERRIDDEN,
    "REGISTRATION": OVERRIDDEN,
    "SECRET_KEY": OVERRIDDEN,
    "VAPID_PRIVATE_KEY": OVERRIDDEN,
    "STORAGES": OVERRIDDEN,
    "WHITENOISE_USE_FINDERS": OVERRIDDEN,
}
MOST_ALLOWED = 15


def modules() -> Iterator[Path]:
    """The modules of the product, by their paths in the repository."""
    yield Path("manage.py")
    for package in PACKAGES:
        for path in sorted(REPOSITORY.glob(f"{package}/**/*.py")):
            if ELSEWHERE.isdisjoint((below := path.relative_to(REPOSITORY)).parts):
                yield below


def defined_in(body: Sequence[ast.stmt]) -> Iterator[str]:
    """The names that statements define: functions, classes and what is assigned, also under an `if` or a `try`."""
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (name for target in targets for name in assigned(target))
            case ast.AnnAssign(target=target):
                yield from assigned(target)
            case ast.If() | ast.Try():
                inner = [statement.body, statement.orelse, *(each.body for each in handlers(statement))]
                yield from (name for part in inner for name in defined_in(part))


def assigned(target: ast.expr) -> Iterator[str]:
    """The names that an assignment binds, those inside a tuple too; attributes and items bind none."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def handlers(statement: ast.If | ast.Try) -> list[ast.ExceptHandler]:
    return statement.handlers if isinstance(statement, ast.Try) else []


def public_names() -> dict[str, set[Path]]:
    """Where each public name is defined."""
    found: dict[str, set[Path]] = defaultdict(set)
    for path in modules():
        for name in defined_in(ast.parse((REPOSITORY / path).read_text()).body):
            if not name.startswith("_"):
                found[name].add(path)
    return found


def in_several_modules() -> dict[str, set[Path]]:
    return {name: paths for name, paths in public_names().items() if len(paths) > 1}


def test_no_public_name_has_two_meanings() -> None:
    listed = [
        f"{name}: {', '.join(sorted(map(str, paths)))}"
        for name, paths in sorted(in_several_modules().items())
        if name not in ALLOWED
    ]
    assert not listed, "Say in the name what each is, or make private what only its own module uses:\n" + (
        "\n".join(listed)
    )


def test_what_is_allowed_is_little_and_still_needed() -> None:
    assert len(ALLOWED) <= MOST_ALLOWED
    assert ALLOWED.keys() <= in_several_modules().keys()


def test_only_settings_modules_override_settings() -> None:
    overridden = [paths for name, paths in in_several_modules().items() if ALLOWED.get(name) == OVERRIDDEN]
    assert {path.parent.as_posix() for paths in overridden for path in paths} == {"todo_project/settings"}


def test_names_are_found_wherever_a_module_defines_them() -> None:
    text = (
        "def a(): ...\nclass B: ...\nC, (d, *e) = f.g = h[0] = 1\ni: int\nif x:\n    j = 1\nelse:\n    k = 1"
    )
    assert list(defined_in(ast.parse(text).body)) == ["a", "B", "C", "d", "e", "i", "j", "k"]
