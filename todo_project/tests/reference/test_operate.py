"""The pages for operators name settings that exist, with the defaults that they have."""

import re
from dataclasses import fields
from pathlib import Path

from django.conf import settings

from todo_project.settings.env import Env

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "operate" / "before-you-expose-it.md").read_text()
REFERENCE = (ROOT / "docs" / "reference" / "settings.md").read_text()
# Read by compose, the proxy or curl, not by the platform.
OF_OTHERS = {"TODO_TLS_DIR", "TODO_ACME_DIR", "TODO_SITE"}
LIMITS = re.compile(
    r"PER_(SECOND|MINUTE|HOUR|DAY|USER|ADDRESS)|BURST|QUOTA|LIMIT|MAX_(?!AGE)|_CONNECTIONS|AT_ONCE"
)


def rows(page: str) -> dict[str, str]:
    """Variables that stand first in a row with a default behind it, and the default as it is written."""
    return dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", page, re.MULTILINE))


def test_every_setting_that_is_named_exists() -> None:
    known = {spec.metadata["name"] for spec in fields(Env)} | OF_OTHERS
    assert set(re.findall(r"\bTODO_[A-Z_]+\b", PAGE)) <= known


def test_the_defaults_are_those_of_the_reference() -> None:
    assert rows(PAGE).items() <= rows(REFERENCE).items()


def test_every_limit_is_named() -> None:
    limits = {name for name in rows(REFERENCE) if LIMITS.search(name)}
    assert len(limits) >= 8
    assert limits - set(rows(PAGE)) == set()


def test_what_the_proxy_bounds_is_what_its_configuration_says() -> None:
    said = (ROOT / "devstack" / "compose" / "proxy" / "http.conf").read_text()
    said += (ROOT / "devstack" / "compose" / "proxy" / "locations.conf").read_text()
    for bound in (
        "client_header_timeout 10s",
        "large_client_header_buffers 4 8k",
        "client_body_timeout 10s",
        "client_max_body_size 1m",
        "client_max_body_size 5m",
        "limit_conn requests 100",
        "limit_conn sockets 1000",
        "send_timeout 30s",
    ):
        assert f"{bound};" in said


def test_what_is_met_of_the_standard_names_a_file_and_a_test() -> None:
    text = (ROOT / "docs" / "operate" / "security.md").read_text()
    met = re.findall(r"^\| (\d+\.\d+ [^|]+) \| met \| (.+) \|$", text, re.MULTILINE)
    assert len(met) > 30
    without = {}
    for section, where in met:
        paths = re.findall(r"`([\w./-]+/[\w./-]+)`", where)
        assert all((ROOT / path).exists() for path in paths), section
        tests = [path for path in paths if "/tests/" in path]
        if not tests or not (len(paths) > len(tests) or "](" in where):
            without[section] = where
    assert without == {}


def test_every_chapter_of_the_standard_is_there() -> None:
    text = (ROOT / "docs" / "operate" / "security.md").read_text()
    assert re.findall(r"^## V(\d+) ", text, re.MULTILINE) == [str(number) for number in range(1, 18)]
