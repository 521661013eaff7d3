"""What documents, docstrings and comments name of our own code exists: files, folders, modules and names in them."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from devstack.paths import REPOSITORY
from todo_project.tests.test_names import PACKAGES

# Not the changelog: it names what there was.
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    REPOSITORY / "devstack/README.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]
MODULES = sorted(path for package in PACKAGES for path in REPOSITORY.glob(f"{package}/**/*.py"))
SOURCES = [path for path in MODULES if "migrations" not in path.parts and path != Path(__file__)]
OURS = {path.relative_to(REPOSITORY).parts[0] for path in MODULES}

URL = re.compile(r"\w+://\S+|\bgithub\.com/\S+")
FILE = re.compile(r"(?<![\w/.$])((?:[\w.-]+/|\{[\w,]+\}/)*(?:\w+|\{[\w,]+\})\.py)\b")
FOLDER = re.compile(rf"(?<![\w/.])((?:{'|'.join(sorted(OURS))})(?:/[\w-]+)+)/?(?![\w./{{*<-])")
DOTTED = re.compile(rf"(?<![\w./@-])((?:{'|'.join(sorted(OURS))})(?:\.\w+)+)")
SHORT = re.compile(r"`([a-z]\w*(?:\.\w+)+)(?:\(.*?\))?`")
OTHER_FILES = {"py", "md", "json", "yaml", "env", "conf", "properties", "pem", "key", "sqlite3"}
SEE = re.compile(r"\b[Ss]ee `(\w+)`")


@cache
def endings() -> frozenset[str]:
    """Every file and folder of ours, and each ending of its path: `kernel/batch.py`, `batch.py`."""
    paths = {path.relative_to(REPOSITORY).parts for path in MODULES} | {("manage.py",), ("conftest.py",)}
    others = (path for top in ("docs", "helm", *OURS) for path in (REPOSITORY / top).rglob("*"))
    paths |= {path.relative_to(REPOSITORY).parts for path in others}
    folders = {parts[:end] for parts in paths for end in range(1, len(parts))}
    return frozenset("/".join(parts[start:]) for parts in paths | folders for start in range(len(parts)))


@cache
def words_of(path: str) -> frozenset[str]:
    """The words in the modules whose path ends so, and for a folder, in its `__init__`."""
    wanted = (f"/{path}.py", f"/{path}/__init__.py")
    found = (module for module in MODULES if f"/{module.relative_to(REPOSITORY)}".endswith(wanted))
    return frozenset(word for module in found for word in re.findall(r"\w+", module.read_text()))


@cache
def read(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Return docstrings and comments of a module with their lines, and the rest of its text in one line."""
    source = path.read_text()
    found = [
        (node.lineno, node.value.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    code = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            found.append((token.start[0], token.string))
        elif token.type != tokenize.STRING or not token.string.startswith('"""'):
            code.append(token.string)
    return found, "".join(f" {word} " if word.isidentifier() else word for word in code).replace(" . ", ".")


@cache
def words_in_code() -> frozenset[str]:
    """Every name that code has anywhere."""
    return frozenset(word for path in SOURCES for word in re.findall(r"\w+", read(path)[1]))


def exists(dotted: str) -> bool:
    """Whether a dotted name is a module or folder of ours, or begins with one that has the next name in it."""
    parts = dotted.split(".")
    if "/".join(parts) in endings() or "/".join(parts) + ".py" in endings():
        return True
    for end in range(len(parts) - 1, 0, -1):
        path = "/".join(parts[:end])
        if path in endings() or f"{path}.py" in endings():
            return parts[end] in words_of(path)
    return False


def alternatives(path: str) -> Iterator[str]:
    """Yield the paths that braces stand for: `{a,b}.py` is `a.py` and `b.py`."""
    if braces := re.search(r"\{([\w,]+)\}", path):
        for word in braces[1].split(","):
            yield from alternatives(path.replace(braces[0], word, 1))
    else:
        yield path


def missing_in(prose: str, code: str = "") -> Iterator[str]:
    """Yield what prose names that does not exist; `code` is what the prose is about, with names of its own."""
    prose = URL.sub("", prose).replace("../", "")
    for named in FILE.findall(prose):
        yield from (path for path in alternatives(named) if path not in endings())
    yield from (
        path for path in FOLDER.findall(prose) if path not in endings() and f"{path}.py" not in endings()
    )
    yield from (name for name in DOTTED.findall(prose) if is_no_file(name) and not exists(name))
    if code:
        yield from (name for name in SHORT.findall(prose) if is_of_a_module(name) and name not in code)
        yield from (name for name in SEE.findall(prose) if name not in words_in_code())


def is_no_file(name: str) -> bool:
    return name.rpartition(".")[2] not in OTHER_FILES


def is_of_a_module(name: str) -> bool:
    """Whether a short dotted name begins with a module or folder of ours that does not have what follows."""
    first, *_, last = name.split(".")
    if first in OURS or not is_no_file(name):
        return False
    if first == "settings" and last.isupper():
        return last not in words_in_code()
    return bool({first, f"{first}.py"} & endings()) and not exists(name)


def missing_in_module(path: Path) -> Iterator[str]:
    """Yield where prose of a module names what does not exist."""
    prose, code = read(path)
    for line, text in prose:
        yield from (f"{path.relative_to(REPOSITORY)}:{line}: {name}" for name in missing_in(text, code))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_what_a_page_names_exists(page: Path) -> None:
    assert sorted(set(missing_in(page.read_text()))) == []


@pytest.mark.parametrize("package", sorted(OURS))
def test_what_docstrings_and_comments_name_exists(package: str) -> None:
    paths = [path for path in SOURCES if path.is_relative_to(REPOSITORY / package)]
    assert [line for path in paths for line in missing_in_module(path)] == []


@pytest.mark.parametrize(
    "prose",
    [
        "see `events_app/writing.py`",
        "`operations/templates.py` alone writes templates",
        "`tasks_app/queries/lists/{criteria,gone}.py`",
        "the sweep (planning.py)",
        "### Consume: `events_app/kernel/`",
        "run it with python -m events_app.benchmarks.b99",
        "one function, `events_app.retrying.retry_seconds`",
        "one function, `foundation.backoff.gone_seconds`",
        "see `operations.search`",
        "the readers (see `nested_lists`)",
    ],
)
def test_what_does_not_exist_is_seen(prose: str) -> None:
    assert len(list(missing_in(prose, "code"))) == 1


@pytest.mark.parametrize(
    "prose",
    [
        "`events_app/log/write.py` and `kernel/batch.py`",
        "`tasks_app/queries/lists/{criteria,search}.py`",
        "https://github.com/zulip/zulip/blob/main/zerver/actions/create_user.py",
        "### Consume: `events_app/consumers/kernel/`",
        "python -m events_app.benchmarks.b6_latency",
        "`foundation.backoff.retry_seconds` gives every wait",
        "see `operations.search_index`",
        "`state.json` in the folder",
    ],
)
def test_what_exists_is_accepted(prose: str) -> None:
    assert list(missing_in(prose, "code")) == []
