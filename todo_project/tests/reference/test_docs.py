"""What the documents tell people to type and to click exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.urls import resolve

ROOT = Path(settings.BASE_DIR)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def lines_to_type(page: Path) -> Iterator[str]:
    """Every line after a `$ ` prompt, continued lines joined."""
    text = page.read_text().replace("\\\n", " ")
    yield from (line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ "))


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_the_pages_have_commands_and_paths_to_type() -> None:
    lines = [line for page in PAGES for line in lines_to_type(page)]
    assert sum(line.startswith("manage.py ") for line in lines) >= 10
    assert sum("localhost:" in line for line in lines) >= 10


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_and_option_exists(page: Path) -> None:
    for line in lines_to_type(page):
        # Also behind variables, and behind what runs it with the addresses of services.
        _, is_ours, rest = line.split("#")[0].partition("manage.py ")
        if is_ours:
            words = rest.split()
            command = load_command_class(get_commands()[words[0]], words[0])
            known = command.create_parser("manage.py", words[0]).format_help()
            assert [word for word in words[1:] if word.startswith("--") and word not in known] == [], line


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_exists(page: Path) -> None:
    named = re.findall(r"(?:^\$ |`)make ([a-z]+)", page.read_text(), flags=re.MULTILINE)
    assert set(named) <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_path_of_the_api_is_served(page: Path) -> None:
    for line in lines_to_type(page):
        for path in re.findall(r"localhost:\d+(/[^\s'\"?]*)", line):
            resolve(path)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"`((?:[a-z_]+_(?:app|project)|devstack|helm|docs)/[\w./-]+)`", page.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_glossary_gives_each_word_one_meaning_in_two_lines_at_most() -> None:
    sections = (ROOT / "docs/glossary.md").read_text().split("## ")[1:]
    rows = [
        re.findall(r"^\| \*\*(.+)\*\*.* \| (.+) \| (.+) \|$", text, flags=re.MULTILINE) for text in sections
    ]
    words = [word for section in rows for word, _, _ in section]
    assert len(words) == len(set(words)) >= 50
    assert all([row[0] for row in section] == sorted(row[0] for row in section) for section in rows)
    assert [word for section in rows for word, meaning, _ in section if len(meaning) > 2 * 80] == []
