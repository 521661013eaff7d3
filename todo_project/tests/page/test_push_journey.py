"""Reminders while no page is open: from the button in Settings to a browser's notification and what its buttons do."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from notifications_app.tests.push_services import Browser as PushBrowser
from notifications_app.tests.push_services import PushService, in_base64, push_service
from todo_project.tests.page.conftest import running_page
from todo_project.tests.page.people import Person, add, all_is_sent, becomes, is_live, works_offline
from web_app.tests.browser import PATIENCE_MS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
# Chromium would ask the push service of its maker for an endpoint: it gets one of ours, with keys that the test has.
SUBSCRIBE = """([endpoint, keys]) => {
  let own = null;
  const subscription = (options) => ({
    endpoint, options, toJSON: () => ({endpoint, keys}), unsubscribe: async () => { own = null; return true; }});
  PushManager.prototype.subscribe = async (options) => {
    if (!options.userVisibleOnly || options.applicationServerKey.length !== 65) throw new Error("no key");
    own = subscription({applicationServerKey: options.applicationServerKey.buffer});
    return own;
  };
  PushManager.prototype.getSubscription = async () => own;
}"""
NOTES = "self.registration.getNotifications().then((notes) => notes.map(({title, body, tag}) => [title, body, tag]))"
CHOOSE = """([action, isOffline]) => self.registration.getNotifications().then(([notification]) => {
  if (isOffline) self.fetch = async () => { throw new TypeError('no network'); };
  self.dispatchEvent(new NotificationEvent("notificationclick", {notification, action}));
})"""
CHOSEN = (
    "([task, user]) => choose({close() {}, title: 'Done', body: '', tag: 'done', data: {task, user}}, 'done')"
)
NO_TASK = 10**12
OUTBOX = "document.querySelector('app-shell').app.engine.outbox"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushService]:
    with push_service(tmp_path_factory.mktemp("push")) as running:
        yield running


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, service: PushService) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("page")
    settings = {"TODO_PUSH_TRUSTED_HOSTS": "localhost", "TODO_PUSH_CA_FILE": service.authority}
    with running_page(folder, **settings) as address:
        yield address


class Device:
    """A person's browser that subscribed, and the keys with which it reads what is pushed."""

    def __init__(self, browser: Browser, url: str, service: PushService, name: str) -> None:
        self.keys, self.service, self.name = PushBrowser(), service, name
        self.person = Person(browser, url)
        self.person.context.grant_permissions(["notifications"], origin=url)
        self.subscribe(self.person.first)
        self.outside = self.person.context.new_page()  # a page of nobody, by which the worker is reached
        self.cdp = self.person.context.new_cdp_session(self.outside)
        self.registrations: list[dict[str, Any]] = []
        self.cdp.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: self.registrations.extend(event["registrations"]),
        )
        self.cdp.send("ServiceWorker.enable")

    def subscribe(self, page: Page) -> None:
        keys = {"p256dh": in_base64(self.keys.point), "auth": in_base64(self.keys.secret)}
        works_offline(page)
        page.evaluate(SUBSCRIBE, [self.service.endpoint(self.name), keys])
        page.keyboard.press("g")
        page.keyboard.press("s")
        page.get_by_role("button", name="Show reminders on this device").click()
        expect(page.get_by_text("also while the page is closed.")).to_be_visible()

    def call(self, method: str, path: str, body: object = None) -> Any:
        token = self.person.context.request.get("/api/auth/session/").json()["csrf_token"]
        answer = self.person.context.request.fetch(
            path, method=method, data=json.dumps(body), headers=self._headers(token)
        )
        assert answer.ok, answer.text()
        return answer.json() if answer.status != 204 else None

    def _headers(self, token: str) -> dict[str, str]:
        return {"X-CSRFToken": token, "Content-Type": "application/json", "Referer": self.person.url}

    def remind(self, title: str) -> int:
        """A task whose reminder fires at once; its number."""
        made = self.call("POST", "/api/tasks/quick/", {"text": f"{title} tomorrow 9am remind 5 days before"})
        return int(made["id"])

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not is_so():
            assert time.monotonic() < deadline
            self.outside.wait_for_timeout(50)

    def receive(self, title: str) -> int:
        """Have a reminder fire, and hand its push to the browser as the service would; the task's number."""
        number = len(self.service.pushes)
        task = self.remind(title)
        self.until(lambda: len(self.service.pushes) > number)
        assert self.deliver(number)["task_id"] == task
        return task

    def deliver(self, number: int) -> dict[str, Any]:
        push = self.service.pushes[number]
        assert push.claims(self.service.origin)["sub"]
        text = self.keys.decrypt(push.body).decode()
        self.until(self.registration_ids)
        self.cdp.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self.person.url, "registrationId": self.registration_ids()[-1], "data": text},
        )
        found: dict[str, Any] = json.loads(text)
        return found

    def registration_ids(self) -> list[str]:
        """The ids of the page's worker, as far as the browser has named them."""
        own = [each for each in self.registrations if each["scopeURL"].startswith(self.person.url)]
        return [each["registrationId"] for each in own]

    def worker(self) -> Any:
        """The worker; a push starts it again when it had nothing to do for long."""
        self.until(lambda: self.person.context.service_workers)
        return self.person.context.service_workers[-1]

    def shows(self, *titles: str) -> list[list[str]]:
        """Wait until the browser shows these notifications."""
        self.until(lambda: [title for title, _, _ in self.notes()] == list(titles))
        return self.notes()

    def notes(self) -> list[list[str]]:
        """Title, text and tag of each notification that the browser shows."""
        found: list[list[str]] = self.worker().evaluate(NOTES)
        return found

    def choose(self, action: str, *, is_offline: bool = False) -> None:
        """Press a button of the notification; the network is lost in the same step, since a worker may start anew."""
        self.worker().evaluate(CHOOSE, [action, is_offline])


@pytest.fixture
def device(
    browser: Browser, url: str, service: PushService, request: pytest.FixtureRequest
) -> Iterator[Device]:
    service.pushes.clear()
    made = Device(browser, url, service, request.node.name)
    yield made
    made.person.context.close()


def test_with_the_page_closed_a_push_is_shown_and_its_task_completed(device: Device) -> None:
    device.person.first.close()
    task = device.receive("Water the plants")
    [[_, body, tag]] = device.shows("Water the plants")
    [row] = device.call("GET", "/api/notifications/")["results"]
    assert (body, tag) == (row["body"], f"n{row['id']}")
    device.deliver(len(device.service.pushes) - 1)
    device.shows("Water the plants")  # a repeat takes the place of the first

    device.choose("done")

    device.until(lambda: device.call("GET", f"/api/tasks/{task}/")["completed"])
    device.until(lambda: device.call("GET", "/api/notifications/")["results"][0]["read_at"])
    device.shows()
    [row] = device.call("GET", "/api/notifications/")["results"]
    assert {each["channel"]: each["status"] for each in row["deliveries"]} == {
        "in_app": "sent",
        "web_push": "sent",
    }

    device.worker().evaluate(CHOSEN, [NO_TASK])
    [[_, body, _]] = device.shows("Done")
    assert body.startswith("The server refused it")


def test_snooze_plans_it_again_a_click_opens_its_task_and_an_open_page_sends_what_is_chosen(
    device: Device,
) -> None:
    page = device.person.first
    page.goto("about:blank")
    task = device.receive("Ring the bell")
    device.shows("Ring the bell")
    device.choose("snooze")
    device.shows()
    pending = "/api/reminders/?status=pending"
    device.until(lambda: device.call("GET", pending)["results"])
    [reminder] = device.call("GET", pending)["results"]
    assert (reminder["task_id"], reminder["firing"]) == (task, 2)

    page.goto("/app/today")
    is_live(page)
    # Only a real click lets a worker bring a tab to the front; what else it does is the same.
    device.worker().evaluate("(task) => openPage({task}).catch(() => undefined)", task)
    becomes(page, f"location.pathname === '/app/task/{task}'")

    device.person.context.set_offline(True)
    device.worker().evaluate(CHOSEN, [task])
    becomes(page, f"{OUTBOX}.queue.mutations.size === 1")
    device.person.context.set_offline(False)
    all_is_sent(page)
    assert device.call("GET", f"/api/tasks/{task}/")["completed"]
    assert device.notes() == []


def test_a_tab_that_cannot_work_holds_up_no_button_and_of_somebody_else_nothing_is_done(
    device: Device,
) -> None:
    """What was shown to who was here before is theirs alone."""
    page = device.person.first
    mine, other = (device.call("POST", "/api/tasks/", {"title": title})["id"] for title in ("Mine", "Other"))
    page.evaluate(f"{OUTBOX}.wake = () => undefined")
    device.worker().evaluate(CHOSEN, [mine])
    assert device.call("GET", f"/api/tasks/{mine}/")["completed"]
    becomes(page, f"{OUTBOX}.queue.mutations.size === 0")  # the history has told it

    device.worker().evaluate(CHOSEN, [other, "somebody"])
    page.evaluate(f"delete {OUTBOX}.wake")
    for key in ("g", "t"):
        page.keyboard.press(key)
    add(page, "After it")
    all_is_sent(page)
    assert not device.call("GET", f"/api/tasks/{other}/")["completed"]


def test_without_a_network_the_button_says_so_and_the_page_sends_it_later(device: Device) -> None:
    device.person.first.close()
    task = device.receive("Feed the cat")
    device.shows("Feed the cat")
    device.choose("done", is_offline=True)
    device.until(lambda: [body for _, body, _ in device.notes() if "Not sent yet" in body])
    assert not device.call("GET", f"/api/tasks/{task}/")["completed"]
    page = device.person.page("/app/today")
    is_live(page)
    all_is_sent(page)
    assert device.call("GET", f"/api/tasks/{task}/")["completed"]
    device.until(lambda: device.call("GET", "/api/notifications/")["results"][0]["read_at"])
    device.shows()


def test_a_tab_that_is_looked_at_shows_no_second_notice(device: Device) -> None:
    page = device.person.first
    page.bring_to_front()
    device.receive("Look here")
    expect(page.locator(".toasts").get_by_text("Reminder: Look here")).to_be_visible()
    assert device.notes() == []


def test_it_is_tried_and_turned_off_in_settings_and_ends_with_the_session(device: Device) -> None:
    page = device.person.first
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("A test is on its way.")).to_be_visible()
    assert device.service.pushes[-1].read_by(device.keys)["notification"]["title"] == "This is a test"
    page.get_by_role("button", name="Turn off on this device").click()
    expect(page.get_by_role("button", name="Show reminders on this device")).to_be_visible()
    assert device.call("GET", "/api/push/subscriptions/")["results"] == []
    page.get_by_role("button", name="Show reminders on this device").click()
    expect(page.get_by_role("button", name="Turn off on this device")).to_be_visible()
    assert page.evaluate("PushManager.prototype.getSubscription().then(Boolean)")
    device.worker().evaluate("show('Left', {body: '', tag: 'left', data: {task: 1}})")
    device.shows("Left")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in**")
    device.shows()
