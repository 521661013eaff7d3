"""`docs/operate/rotate-keys.md`, walked: processes of two steps serve the same people side by side."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from devstack.paths import REPOSITORY
from todo_project.settings.env import EnvError, load
from todo_project.settings.refusals import refuse_weak
from todo_project.tests.platform.databases import new_sqlite
from todo_project.tests.platform.fixtures import templates
from todo_project.tests.platform.platforms import Platform, Web, platform
from todo_project.tests.platform.roles import PATIENCE

__all__ = ["templates"]
PAGE = REPOSITORY / "docs" / "operate" / "rotate-keys.md"
KEYS = {
    "<old>": "0d1c9f" * 2 + " the old one that was good enough",
    "<new>": "9b7e3a" * 2 + " the new one that is better",
}
ACCOUNT = {"username": "ann", "password": "correct horse battery staple"}
ME, REFRESH = "/api/auth/me/", "/api/auth/token/refresh/"


def steps() -> list[dict[str, str]]:
    """Return what a process has in its environment before the first step, at each one, and after a leak."""
    blocks = re.findall(r"^```env\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    found = [dict(line.split("=", 1) for line in block.splitlines()) for block in blocks]
    written = [{name: KEYS[value] for name, value in block.items()} for block in found]
    return [{"TODO_SECRET_KEY": KEYS["<old>"]}, *written]


@dataclass
class SignedIn:
    """Somebody who signed in somewhere: tokens, and a browser."""

    access: str
    refresh: str
    session: str

    def is_known_to(self, web: Web) -> list[int]:
        bearer = {"Authorization": f"Bearer {self.access}"}
        cookie = {"Cookie": f"sessionid={self.session}"}
        return [
            httpx.get(web.url + ME, headers=each, timeout=PATIENCE).status_code for each in (bearer, cookie)
        ]


def sign_in(web: Web) -> SignedIn:
    tokens = post(web, "/api/auth/token/", ACCOUNT)
    page = "/api/auth/session/login/"
    with httpx.Client(base_url=web.url, timeout=PATIENCE) as browser:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(page).text)
        assert token
        assert browser.post(page, data={**ACCOUNT, "csrfmiddlewaretoken": token[1]}).status_code == 302
        return SignedIn(tokens["access"], tokens["refresh"], browser.cookies["sessionid"])


def post(web: Web, path: str, body: Mapping[str, str]) -> dict[str, str]:
    answer = httpx.post(web.url + path, json=dict(body), timeout=PATIENCE)
    assert answer.is_success, answer.text
    read: dict[str, str] = answer.json()
    return read


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("rotation")
    with platform(folder, new_sqlite(folder, templates)) as made:
        yield made


def test_the_page_has_three_steps_and_what_to_do_after_a_leak() -> None:
    before, first, second, third, leaked = steps()
    assert first == {**before, "TODO_SECRET_KEY_FALLBACKS": KEYS["<new>"]}
    assert second == {"TODO_SECRET_KEY": KEYS["<new>"], "TODO_SECRET_KEY_FALLBACKS": KEYS["<old>"]}
    assert third == leaked == {"TODO_SECRET_KEY": KEYS["<new>"]}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nobody_is_signed_out_on_the_way_and_the_old_key_counts_for_nothing_in_the_end(
    shared: Platform,
) -> None:
    starting = [shared.web(None, **step) for step in steps()[:4]]
    webs = [web.answers() for web in starting]
    post(webs[0], "/api/auth/register/", ACCOUNT)
    absent = sign_in(webs[0])
    for earlier, later in pairwise(webs):
        # Both steps of a rollout serve at once, and a person's calls go to either.
        people = [sign_in(earlier), sign_in(later)]
        for person in people:
            assert [person.is_known_to(web) for web in (earlier, later, earlier)] == [[200, 200]] * 3
        for person, web in zip(people, (later, earlier), strict=True):
            pair = post(web, REFRESH, {"refresh": person.refresh})
            moved = SignedIn(pair["access"], pair["refresh"], person.session)
            assert [moved.is_known_to(each) for each in (earlier, later)] == [[200, 200]] * 2

    assert absent.is_known_to(webs[2]) == [200, 200]
    gone = sign_in(webs[1])
    assert gone.is_known_to(webs[3]) == [401, 401]
    refused = httpx.post(webs[3].url + REFRESH, json={"refresh": gone.refresh}, timeout=PATIENCE)
    assert refused.status_code == 401


@pytest.mark.parametrize("name", ["TODO_SECRET_KEY", "TODO_SECRET_KEY_FALLBACKS"])
def test_production_accepts_no_weak_key_as_a_fallback_either(name: str) -> None:
    good = "3f9a" + "0b1c2d5e" * 8 + "77e1c0"
    environ = {
        "TODO_SECRET_KEY": good,
        "TODO_AUDIT_KEYS": f"1:{good}",
        "TODO_ALLOWED_HOSTS": "todo.example.org",
        "TODO_DATABASE_URL": "postgresql://todo@localhost/todo",
    }
    weak = {name: "a" * 64 if name == "TODO_SECRET_KEY" else f"{good},{'a' * 64}"}

    refuse_weak(load({**environ, "TODO_SECRET_KEY_FALLBACKS": good}, production=True))
    with pytest.raises(EnvError, match=f"^{name} repeats itself"):
        refuse_weak(load({**environ, **weak}, production=True))
