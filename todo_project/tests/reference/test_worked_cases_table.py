"""The table of worked cases names tests that exist, and all of those that carry a case's number."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = ROOT / "docs/reference/worked-cases.md"
CASES = 21


def named() -> dict[int, set[tuple[str, str]]]:
    """The (file, test) pairs that the table names, by case."""
    text = PAGE.read_text()
    files = dict(re.findall(r"^\[(\w)\]: \.\./\.\./(\S+)$", text, flags=re.MULTILINE))
    found: dict[int, set[tuple[str, str]]] = {}
    for number, cells in re.findall(r"^\| (\d+) \|(.*)$", text, flags=re.MULTILINE):
        tests = cells.rsplit("|", 2)[-2]
        for link, listed in re.findall(r"\[[^]]*\]\[(\w)\]: ((?:`test_\w+`(?:, )?)+)", tests):
            found.setdefault(int(number), set()).update(
                (files[link], test) for test in re.findall(r"`(test_\w+)`", listed)
            )
    return found


def defined(file: str) -> set[str]:
    return set(re.findall(r"^\s*def (test_\w+)", (ROOT / file).read_text(), flags=re.MULTILINE))


def test_every_case_is_in_the_table_and_tested_through_the_front_door() -> None:
    cases = named()
    assert sorted(cases) == list(range(1, CASES + 1))
    for number, tests in cases.items():
        assert any(file.startswith("todo_project/") for file, _ in tests), f"case {number}"


def test_every_test_that_the_table_names_exists() -> None:
    missing = [
        (file, test) for tests in named().values() for file, test in tests if test not in defined(file)
    ]
    assert missing == []


def test_every_test_that_carries_a_cases_number_is_in_its_row() -> None:
    for number, tests in named().items():
        for file in {file for file, _ in tests}:
            carrying = {test for test in defined(file) if test.startswith(f"test_case_{number:02}_")}
            assert carrying <= {test for _, test in tests}, f"case {number}"
