"""A device was away for so long that the server has no history for it any more: it loads anew and loses nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from devstack.ports import pick
from devstack.waiting import wait_until
from todo_project.tests.page.people import Person, add, all_is_sent, is_live, shows
from todo_project.tests.platform.roles import PATIENCE
from todo_project.tests.up.starting import Running, run_manage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
TAIL = "SELECT MAX(tail) FROM events_app_stream"
PLACE = "document.querySelector('app-shell').app.engine.place.after"
LOSE_SOCKET = "document.querySelector('app-shell').app.engine.follower.socket?.lose()"
RENAME = """([title, to]) => {
  const {store, actions} = document.querySelector('app-shell').app;
  actions.change([...store.shown.values()].find((row) => row.title === title), {title: to});
}"""
REQUESTS = {"TODO_REGISTRATIONS_PER_MINUTE": "1000"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("trimmed")
    running = Running(folder / "data", folder / "up.log", {"TODO_PORT": str(pick(1)[0]), **REQUESTS})
    try:
        yield running.becomes_ready()
    finally:
        running.role.kill()


class Away(Person):
    """A device that loses the network, and another client of the same person that goes on."""

    def __init__(self, browser: Browser, running: Running) -> None:
        super().__init__(browser, running.url)
        self.running = running
        self.statuses: set[int] = set()
        self.context.on("response", lambda answer: self.statuses.add(answer.status))

    def elsewhere(self, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
        token = self.context.request.get("/api/auth/session/").json()["csrf_token"]
        headers = {"X-CSRFToken": token, "Origin": self.url}
        answer = self.context.request.fetch(path, method=method, data=data, headers=headers)
        assert answer.ok, answer.text()
        return answer.json() if answer.status != 204 else None

    def lose_network(self) -> int:
        """Go offline, and return the place in the history that this device knows. Browsers leave open sockets open."""
        self.context.set_offline(True)
        for page in self.context.pages:
            page.evaluate(LOSE_SOCKET)
        expect(self.first.locator("sync-badge")).to_contain_text("Offline")
        return int(self.first.evaluate(PLACE))

    def trim(self, place: int) -> None:
        """`manage.py trim_events` beyond a place, as soon as all consumers have applied what it may delete."""

        def is_trimmed() -> bool:
            done = run_manage("trim_events", "--keep", "1", environment=self.running.environment)
            assert done.returncode == 0, done.stderr
            return bool(self.running.value(TAIL) > place)

        assert wait_until(is_trimmed, seconds=PATIENCE), self.running.value(TAIL)


def test_a_device_whose_history_was_trimmed_loads_anew_and_keeps_what_waits(
    browser: Browser, running: Running
) -> None:
    ada = Away(browser, running)
    page, other = ada.first, ada.page("/app/inbox")
    page.goto("/app/inbox")
    add(page, "Stays", "Goes", "Is renamed here")
    all_is_sent(page)
    for tab in (page, other):
        is_live(tab)
    place = ada.lose_network()
    add(page, "Made on the way")
    page.evaluate(RENAME, ["Is renamed here", "Has a new name"])
    ada.elsewhere("DELETE", f"/api/tasks/{ada.task('Goes')['id']}/")
    ada.elsewhere("PATCH", f"/api/tasks/{ada.task('Stays')['id']}/", {"title": "Stays, changed elsewhere"})
    ada.elsewhere("POST", "/api/tasks/", {"title": "Made elsewhere"})
    ada.trim(place)
    ada.context.set_offline(False)
    for tab in (page, other):
        is_live(tab)
        all_is_sent(tab)
        expect(tab.locator("[data-row]")).to_have_count(4)
    titles = ["Has a new name", "Made elsewhere", "Made on the way", "Stays, changed elsewhere"]
    assert sorted(task["title"] for task in ada.tasks()) == titles
    for tab in (page, other):
        assert sorted(tab.locator("[data-row] .title").all_inner_texts()) == titles
    assert 410 in ada.statuses
    other.reload()
    shows(other, *page.locator("[data-row] .title").all_inner_texts())
    ada.context.close()
