"""The files of the page: vendored ones are as npm ships them, own ones keep to the rules and budgets of the house."""

import gzip
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from web_app import assets, checks
from web_app.management.commands import web_vendor
from web_app.storage import ModuleStaticFilesStorage

WEB = assets.STATIC / "web"
OWN = [assets.STATIC / name for name in assets.own_modules()]
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`\\])//[^\n]*", re.DOTALL)
FORBIDDEN = {
    "innerHTML": r"\binnerHTML\b|\bouterHTML\b|insertAdjacentHTML|document\.write|unsafeHTML",
    "eval": r"\beval\(|new Function\(",
    "an address of another host": r"https?://",
    "a style attribute": r"\bstyle=",
    "storage that a script of others can read": r"\blocalStorage\b|\bsessionStorage\b",
}
STYLES = sorted(WEB.glob("css/*.css"))


def code_of(path: Path) -> str:
    return COMMENT.sub("", path.read_text())


def functions_of(text: str) -> Iterator[tuple[str, int]]:
    """Methods and functions by their first line, with their length: a body ends where its indentation does."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        found = re.match(r"^( *)(?:export )?(?:async )?(?:function\*? )?[\w*$#]+\(.*\) \{$", line)
        if found and not re.match(r"^ *(?:if|for|while|switch|catch|return)\b", line):
            end = next(
                (n for n in range(at + 1, len(lines)) if lines[n].startswith(found[1] + "}")), len(lines)
            )
            yield line.strip(), end - at + 1


def zipped(names: tuple[str, ...]) -> int:
    return sum(len(gzip.compress((assets.STATIC / name).read_bytes(), 9)) for name in names)


def test_the_vendored_files_are_those_of_npm() -> None:
    call_command("web_vendor", check=True)


def test_a_changed_a_missing_and_an_added_file_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil  # noqa: PLC0415

    folder = tmp_path / "static/web/vendor"
    shutil.copytree(web_vendor.VENDOR_FOLDER, folder)
    monkeypatch.setattr(web_vendor, "APP", tmp_path)
    monkeypatch.setattr(web_vendor, "VENDOR_FOLDER", folder)
    (folder / "idb/index.js").write_text("changed")
    (folder / "lit-html/directive.js").unlink()
    (folder / "added.js").write_text("")
    with pytest.raises(CommandError) as failed:
        call_command("web_vendor", check=True)
    for name in (
        "idb/index.js is not the file of idb",
        "lit-html/directive.js is missing",
        "added.js is in no package",
    ):
        assert name in str(failed.value)


def test_every_module_is_reachable_and_imports_by_paths() -> None:
    assert checks.check_modules() == []


def test_a_module_that_nothing_loads_and_a_bare_import_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/app.js").write_text('import "lit";\nimport("./later.js");')
    for name in ("later.js", "alone.js", "sw.js", "zone-guess.js", "sign-in.js", "sw-off.js"):
        (tmp_path / "web" / name).write_text("")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    assets.imports_of.cache_clear()
    try:
        assert [each.id for each in checks.check_modules()] == ["web_app.E002", "web_app.E003"]
        (tmp_path / "web/later.js").unlink()
        assets.imports_of.cache_clear()
        assert [each.id for each in checks.check_modules()] == ["web_app.E001"]
    finally:
        assets.imports_of.cache_clear()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_own_modules_do_not_use(what: str) -> None:
    found = [str(path) for path in OWN if re.search(FORBIDDEN[what], code_of(path))]
    assert found == []


def test_every_own_module_is_checked_by_its_types() -> None:
    assert [str(path) for path in OWN if not path.read_text().startswith("// @ts-check\n")] == []


def test_elements_are_short_and_functions_shorter() -> None:
    long = [
        f"{path.name}: {n}"
        for path in OWN
        if (n := len(path.read_text().splitlines())) > 150 and "/el/" in str(path)
    ]
    long += [f"{path.name}: {n}" for path in OWN if (n := len(path.read_text().splitlines())) > 260]
    assert long == []
    assert [(path.name, line) for path in OWN for line, n in functions_of(path.read_text()) if n > 40] == []


def test_styles_know_no_left_and_right() -> None:
    physical = re.compile(
        r"(?<![\w-])(?:left|right|(?:margin|padding|border)-(?:left|right))\s*:|text-align:\s*(?:left|right)"
    )
    assert [path.name for path in STYLES if physical.search(COMMENT.sub("", path.read_text()))] == []


def test_the_first_visit_is_small() -> None:
    """W1 and W2 of the contract, in bytes after gzip: modules 80 KB in at most 50 files, style sheets 14 KB.

    What is loaded later is 100 KB as one stream; in files of their own, as they are fetched, they are half more. The
    two languages that are none, for tests, are loaded by no visit.
    """
    early = assets.reachable_from(assets.ENTRY, with_lazy=False)
    assert len(early) <= 50
    assert zipped(early) <= 80_000
    assert zipped((*assets.STYLES, assets.PRINT_STYLE)) <= 14_000
    assert zipped(assets.FORM_STYLES) <= 6_000
    # In one order: what compresses well together is near each other in any run.
    tests_only = {"web/locale/xa.js", "web/locale/xb.js"}
    later = tuple(sorted(set(assets.reachable_from(assets.ENTRY, with_lazy=True)) - {*early, *tests_only}))
    assert len(gzip.compress(b"".join((assets.STATIC / name).read_bytes() for name in later), 9)) <= 100_000
    assert zipped(later) <= 150_000


def test_what_others_have_written_is_named_in_settings() -> None:
    """About shows each package that the page vendors, in its version and with its licence."""
    listed = tomllib.loads((assets.APP / "vendor.toml").read_text())["package"]
    shown = (WEB / "ui/vendored.js").read_text()
    rows = re.findall(r'name: "(.*?)", version: "(.*?)", licence: "(.*?)"', shown)
    assert sorted(rows) == sorted((each["name"], each["version"], each["licence"]) for each in listed)


def test_production_imports_hashed_names_only(tmp_path: Path) -> None:
    """Django finds imports in comments too: types that name each other in a circle would have no hash."""
    storage = ModuleStaticFilesStorage(location=tmp_path, base_url="/static/")
    paths = {}
    for path in sorted(WEB.rglob("*")):
        if path.is_file() and path.suffix in (".js", ".css"):
            name = path.relative_to(assets.STATIC).as_posix()
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(path.read_bytes())
            paths[name] = (storage, name)
    with override_settings(DEBUG=False):
        failed = [name for name, _, done in storage.post_process(paths) if isinstance(done, Exception)]
        assert failed == []
        hashed = (tmp_path / storage.stored_name("web/app.js")).read_text()
    assert re.search(r'from "\./sync/engine\.[0-9a-f]{12}\.js"', hashed)
    assert re.search(r'import\("\./ui/later\.[0-9a-f]{12}\.js"\)', hashed)
