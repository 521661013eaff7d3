"""Another build of the platform takes the place of the one whose page is open: the page offers it, and takes it."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from devstack.paths import REPOSITORY
from devstack.ports import pick
from devstack.waiting import wait_until
from todo_project.tests.page.people import Person, is_live, works_offline
from todo_project.tests.platform.roles import PATIENCE
from todo_project.tests.up.starting import Running, installation, run_manage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NOT_NEEDED = shutil.ignore_patterns(".*", "__pycache__", "tests")
PACKAGES = ("foundation", "todo_project", "devstack", "docs")
# As in production: files have names with a hash of their content, and those of another build are not there.
SETTINGS = """from todo_project.settings.local import *
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "web_app.storage.ModuleStaticFilesStorage"}}
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = False
"""
WORDS, LAZY = "locale/en.js", "el/search-view.js"
OPEN_SEARCH = "document.querySelector('app-shell').app.router.go('/app/search')"
HEADING = "document.querySelector('h1')?.textContent.trim()"
LOADED = "performance.getEntriesByType('resource').map(({name}) => new URL(name).pathname)"


class Build:
    """The platform as a tree of its own, with other words on its page."""

    def __init__(self, folder: Path, *, words: dict[str, str]) -> None:
        self.tree = folder
        folder.mkdir()
        shutil.copy(REPOSITORY / "manage.py", folder)
        for package in (*REPOSITORY.glob("*_app"), *(REPOSITORY / name for name in PACKAGES)):
            shutil.copytree(package, folder / package.name, ignore=NOT_NEEDED)
        (folder / "todo_project/settings/hashed.py").write_text(SETTINGS)
        page = folder / "web_app/static/web"
        texts = (page / WORDS).read_text()
        for old, new in words.items():
            assert f'() => "{old}"' in texts
            texts = texts.replace(f'() => "{old}"', f'() => "{new}"')
        (page / WORDS).write_text(texts)
        (page / LAZY).write_text(f"{(page / LAZY).read_text()}// {words}\n")
        self.environment = {"DJANGO_SETTINGS_MODULE": "todo_project.settings.hashed"}
        environment = installation(folder / "data", **self.environment)
        done = run_manage("collectstatic", "--no-input", environment=environment, tree=folder)
        assert done.returncode == 0, done.stderr

    def address_of(self, module: str) -> str:
        """Where it serves a module of the page."""
        names = json.loads((self.tree / "staticfiles/staticfiles.json").read_text())["paths"]
        return f"/static/{names[f'web/{module}']}"

    @contextmanager
    def running(self, folder: Path, port: int) -> Iterator[str]:
        """It runs on the data and at the port that all builds share."""
        log = folder / f"{self.tree.name}-{len(list(folder.glob('*.log')))}.log"
        running = Running(
            folder / "shared", log, {"TODO_PORT": str(port), **self.environment}, tree=self.tree
        )
        try:
            yield running.becomes_ready().url
        finally:
            running.role.kill()


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Build, Build]:
    folder = tmp_path_factory.mktemp("builds")
    return Build(folder / "old", words={}), Build(
        folder / "new", words={"Today": "This day", "Search": "Find"}
    )


def is_offered(page: Page) -> None:
    expect(page.locator("sync-badge")).to_have_text("New version", timeout=60_000)


def take(page: Page) -> None:
    page.locator("sync-badge button").click()
    page.get_by_role("dialog").get_by_role("button", name="Reload").click()


def heading(page: Page, text: str) -> None:
    """Wait until the page has this heading, however often it loads itself again meanwhile."""

    def is_shown() -> bool:
        page.wait_for_timeout(200)
        try:
            return bool(page.evaluate(HEADING) == text)
        except Error:  # it was loading
            return False

    assert wait_until(is_shown, seconds=PATIENCE), f"{text}, not {page.evaluate(HEADING)!r} at {page.url}"


def loads_lazily(page: Page, build: Build) -> None:
    """The page opens a part that it has not needed so far, in the build that it is of."""
    assert build.address_of(LAZY) not in page.evaluate(LOADED)
    page.evaluate(OPEN_SEARCH)
    expect(page.locator("search-view input[type=search]")).to_be_visible()
    assert build.address_of(LAZY) in page.evaluate(LOADED)


def test_p19_a_new_build_is_offered_and_taken_and_until_then_the_old_one_works(
    browser: Browser, builds: tuple[Build, Build], tmp_path: Path
) -> None:
    old, new = builds
    port = pick(1)[0]
    with old.running(tmp_path, port) as url:
        ada = Person(browser, url)
        page, other = ada.first, ada.page("/app/today")
        works_offline(page)
        is_live(other)
        other.locator("quick-add input").fill("Half a thought")
    with new.running(tmp_path, port):
        for tab in (page, other):
            is_offered(tab)
            heading(tab, "Today")
        assert ada.context.request.get(old.address_of(LAZY)).status == 404
        loads_lazily(page, old)
        page.reload()
        heading(page, "Find")
        is_live(page)
        loads_lazily(other, old)  # somebody is writing in it
        heading(other, "Search")
        take(other)
        heading(other, "Find")
        other.goto("/app/today")
        heading(other, "This day")
        expect(other.locator("quick-add input")).to_have_value("Half a thought")
    with old.running(tmp_path, port):  # the release is taken back: that is a new build too
        is_offered(page)
        take(page)
        heading(page, "Search")
    assert ada.foreign == []
    ada.context.close()
