"""Search, saved views and tags: by keyboard, in every tab, offline; a query finds the same here and there."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from todo_project.tests.page.people import Person, add, all_is_sent, becomes, is_live, row, shows

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
TASKS = (
    "Pay rent tomorrow 9am #home !high",
    "Paint the roof #home #garden !low",
    "Café with Ana today 23:50 !urgent",
    "Write the report 2027-03-01 #work",
    "Old plan 2020-05-01 #work",
    "Read e-mail about the roof",
    "Roof repair offer 10",
    "Roof repair offer 9",
)
QUERIES = (
    "",
    "q=roof",
    "search=re+ro",
    'q="the+roof"',
    'q=roof+-"repair+offer"',
    "q=-roof",
    "q=cafe",
    "q=home",
    "priority=high,urgent",
    "priority_not=medium",
    "priority=critical",
    "tag=home",
    "tag=home,garden",
    "tag=work,garden&tag_mode=any",
    "tag=",
    "tag_not=",
    "tag_not=home",
    "tag=HOME",
    "due=today",
    "due=overdue",
    "due=overdue,none",
    "due=tomorrow,today",
    "due=week",
    "due=none",
    "due_on=2027-03-01",
    "due_after=2027-03-01",
    "due_after=2027-03-02",
    "due_before=2027-03-01",
    "due_before=2027-03-01T00:00:01",
    "due_after=2020-01-01&due_before=2020-06-01T00:00:00Z",
    "created_after=2020-01-01",
    "created_before=2020-01-01",
    "status=pending",
    "status=completed",
    "completed=false&tag=work",
    "completed_after=2020-01-01",
    "updated_before=2020-01-01",
)
SORTS = (
    "",
    "-due_date",
    "priority,due_date",
    "-priority,title",
    "title",
    "-title",
    "created_at",
    "-created_at",
)


@pytest.fixture(scope="module")
def ana(browser: Browser, url: str) -> Iterator[Person]:
    person = Person(browser, url)
    add(person.first, *TASKS)
    all_is_sent(person.first)
    person.first.get_by_role("checkbox", name="Complete Café with Ana").click()
    all_is_sent(person.first)
    yield person
    person.context.close()


def go(page: Page, path: str) -> None:
    page.evaluate("path => document.querySelector('app-shell').app.router.go(path)", path)


def titles_here(page: Page) -> list[str]:
    """The titles in the lists that are open, those of one section after the other."""
    found: list[str] = page.evaluate(
        "document.querySelector('app-shell').app.store.open.sections"
        ".flatMap(({list}) => list.rows.map((row) => row.title))"
    )
    return found


def titles_there(person: Person, query: str) -> list[str]:
    answer = person.context.request.get(f"/api/tasks/?limit=200&{query}")
    assert answer.ok, (query, answer.text())
    return [task["title"] for task in answer.json()["results"]]


def views(person: Person) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = person.context.request.get("/api/views/").json()["results"]
    return listed


def test_a_query_finds_here_what_the_server_finds(ana: Person) -> None:
    page = ana.page("/app/search?q=x")
    expect(page.locator("filter-bar")).to_be_visible()
    is_live(page)
    differ = {}
    for query in QUERIES:
        go(page, f"/app/search?{query}")
        here, there = sorted(titles_here(page)), sorted(titles_there(ana, query))
        if here != there:
            differ[query] = (here, there)
    assert differ == {}
    page.close()


def test_an_order_is_here_what_it_is_there(ana: Person) -> None:
    page = ana.page("/app/search?q=x")
    expect(page.locator("filter-bar")).to_be_visible()
    differ = {}
    for sort in SORTS:
        go(page, f"/app/search?status=pending&sort={sort}")
        here, there = titles_here(page), titles_there(ana, f"status=pending&sort={sort}")
        # The page orders by priority where the server's first key leaves it open.
        if here != there and sort not in ("", "-due_date"):
            differ[sort] = (here, there)
    assert differ == {}
    page.close()


def test_filters_by_keyboard_become_a_view_that_every_tab_has(ana: Person) -> None:
    page, other = ana.page("/app/today"), ana.page("/app/today")
    is_live(page)
    is_live(other)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("roof")
    shows(page, "Read e-mail about the roof", "Roof repair offer 10", "Roof repair offer 9", "Paint the roof")
    page.locator("[data-filter=tag] summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="garden").press("Space")
    shows(page, "Paint the roof")
    page.keyboard.press("Escape")
    expect(page.locator("[data-filter=tag] summary")).to_be_focused()
    assert page.url.endswith("/app/search?q=roof&tag=garden")
    page.get_by_role("button", name="Save as view").press("Enter")
    expect(page.get_by_label("Name of the view")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Write a name.")
    page.keyboard.type("Roof <b>work</b>")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Roof <b>work</b>")
    for tab in (page, other):
        expect(tab.locator("side-nav").get_by_role("link", name="Roof <b>work</b>")).to_be_visible()
    [view] = views(ana)
    assert (view["query"], page.url.endswith(f"/app/view/{view['id']}")) == ("q=roof&tag=garden", True)

    page.locator("[data-filter=group]").select_option("tag")
    page.get_by_role("button", name="Save changes").press("Enter")
    expect(page.get_by_role("button", name="Save changes")).to_have_count(0)
    assert views(ana)[0]["group"] == "tag"
    expect(page.locator("section h2").first).to_have_text("#home")

    page.get_by_role("button", name="Rename").press("Enter")
    expect(page.get_by_label("Name of the view")).to_be_focused()
    page.keyboard.type("Roof")
    page.keyboard.press("Enter")
    expect(other.locator("side-nav").get_by_role("link", name="Roof", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete view").press("Enter")
    expect(other.locator("side-nav").get_by_role("link", name="Roof", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Undo").press("Enter")
    expect(other.locator("side-nav").get_by_role("link", name="Roof", exact=True)).to_be_visible()
    assert [each for each in ana.complaints if "Failed to load resource" not in each] == []
    page.close()
    other.close()


def test_views_change_places_and_work_without_a_network(ana: Person) -> None:
    for name, query in (("Far", "due_after=2027-01-01"), ("Mine", "tag=work")):
        elsewhere(ana, "POST", "/api/views/", {"name": name, "query": query})
    page = ana.page("/app/today")
    is_live(page)
    links = page.locator("side-nav ul").nth(1).get_by_role("link")
    links.filter(has_text="Mine").click()
    before = links.all_inner_texts()
    page.get_by_role("button", name="Move up").press("Enter")
    place = before.index("Mine")
    before[place - 1], before[place] = before[place], before[place - 1]
    expect(links).to_have_text(before)
    shows(page, "Old plan", "Write the report")

    ana.context.set_offline(True)
    links.filter(has_text="Far").click()
    shows(page, "Write the report")
    page.get_by_role("button", name="Delete view").click()
    expect(page.locator("toast-list")).to_contain_text("This needs a network.")
    expect(links.filter(has_text="Far")).to_be_visible()
    ana.context.set_offline(False)
    page.close()


def elsewhere(person: Person, method: str, path: str, body: dict[str, Any]) -> Any:
    """Call the API as another device of the same person."""
    csrf = person.context.request.get("/api/auth/session/").json()["csrf_token"]
    headers = {"X-CSRFToken": csrf, "Referer": person.url}
    answer = person.context.request.fetch(path, method=method, data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json() if answer.status != 204 else None


def test_views_and_settings_of_another_device_are_here_at_once(ana: Person) -> None:
    page = ana.page("/app/today")
    is_live(page)
    links = page.locator("side-nav").get_by_role("link")
    view = elsewhere(ana, "POST", "/api/views/", {"name": "From elsewhere", "query": "tag=home"})
    expect(links.filter(has_text="From elsewhere")).to_be_visible()
    elsewhere(ana, "PATCH", f"/api/views/{view['id']}/", {"name": "Renamed there"})
    expect(links.filter(has_text="Renamed there")).to_be_visible()
    zone = "document.querySelector('app-shell').app.store.zone"
    elsewhere(ana, "PATCH", "/api/auth/me/", {"time_zone": "Asia/Tokyo"})
    becomes(page, f"{zone} === 'Asia/Tokyo'")
    elsewhere(ana, "PATCH", "/api/auth/me/", {"time_zone": "Europe/Madrid"})
    becomes(page, f"{zone} === 'Europe/Madrid'")
    page.close()


def test_tags_of_another_device_are_here_at_once(browser: Browser, url: str) -> None:
    first = Person(browser, url)
    page, phone = first.first, Person(browser, url, name=first.name)
    add(page, "Rake the leaves #yard")
    all_is_sent(page)
    tags = phone.page("/app/tags")
    is_live(tags)
    expect(tag_line(tags, "yard")).to_contain_text("1 open, 1 in all")
    go_all = "document.querySelector('app-shell').app.router.go('/app/all')"
    page.evaluate(go_all)
    colour = "getComputedStyle(document.querySelector('.tag[data-tag=%s]')).getPropertyValue('--tag')"
    tag_line(tags, "yard").locator("summary").press("Enter")
    tags.get_by_role("radio", name="Green").press("Space")
    becomes(page, colour % "yard")
    tags.keyboard.press("Escape")
    tags.get_by_role("button", name="Rename yard").press("Enter")
    tags.keyboard.type("garden")
    tags.keyboard.press("Enter")
    becomes(page, f"document.querySelector('.tag[data-tag=garden]') && {colour % 'garden'}")
    home = elsewhere(first, "POST", "/api/tags/", {"name": "home"})
    expect(tag_line(tags, "home")).to_contain_text("0 open, 0 in all")
    garden = elsewhere(first, "GET", "/api/tags/", {})["results"][0]["id"]
    elsewhere(first, "POST", f"/api/tags/{garden}/merge/", {"into": home["id"]})
    expect(tags.locator("tag-line a.name")).to_have_text(["home"])
    expect(page.locator(".tag[data-tag=home]")).to_have_count(1)
    elsewhere(first, "DELETE", f"/api/tags/{home['id']}/", {})
    expect(tags.locator("tag-line")).to_have_count(0)
    assert first.complaints == phone.complaints == []
    first.context.close()
    phone.context.close()


def test_a_view_that_is_not_there_says_so(ana: Person) -> None:
    page = ana.page("/app/view/987654")
    expect(page.locator("search-view")).to_contain_text("There is no such view.")
    page.close()


def test_older_done_tasks_come_from_the_server_as_one_scrolls(ana: Person) -> None:
    """The platform is new and has none: its answers are made here, page by page."""
    page = ana.page()
    asked = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        number = len(asked)
        rows = [older(number * 100 + at) for at in range(50)]
        more = f"{ana.url}/api/tasks/?limit=50&cursor=next{number}&completed_before=x" if number < 3 else None
        route.fulfill(json={"results": rows, "next": more, "previous": None})

    page.route(lambda url: "/api/tasks/?" in url and "completed_before" in url, answer)
    page.goto("/app/done")
    heading = page.get_by_role("heading", name="Older, from the server")
    expect(heading).to_be_visible()
    for _ in range(4):
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(100)
    expect(page.locator("older-tasks")).to_contain_text("That is all.")
    assert len(asked) == 3
    assert "status=completed" in asked[0]
    assert "cursor=next2" in asked[2]
    becomes(page, "document.querySelector('app-shell').app.store.confirmed.has(100149)")
    go(page, "/app/search?q=" + quote("long ago 149"))
    shows(page, "Long ago 149")
    page.close()


def tag_line(page: Page, name: str) -> Any:
    return page.locator("tag-line", has=page.get_by_role("link", name=name, exact=True))


def test_tags_are_coloured_renamed_merged_and_deleted_by_keyboard(ana: Person) -> None:
    page, other = ana.page("/app/tags"), ana.page("/app/all")
    is_live(page)
    is_live(other)
    page.get_by_role("button", name="Add").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Write a name.")
    page.keyboard.type("a,b")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("no tag")
    page.get_by_role("textbox", name="New tag").fill("<i>errands</i>")
    page.keyboard.press("Enter")
    expect(tag_line(page, "<i>errands</i>")).to_contain_text("0 open, 0 in all")

    tag_line(page, "garden").locator("summary").press("Enter")
    page.get_by_role("radio", name="Green").press("Space")
    becomes(
        other, "getComputedStyle(document.querySelector('.tag[data-tag=garden]')).getPropertyValue('--tag')"
    )
    page.keyboard.press("Escape")
    expect(tag_line(page, "garden").locator("summary")).to_be_focused()

    page.get_by_role("button", name="Rename garden").press("Enter")
    page.keyboard.type("home")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("merge into it instead")
    page.keyboard.press("Control+a")
    page.keyboard.type("yard")
    page.keyboard.press("Enter")
    expect(tag_line(page, "yard")).to_contain_text("1 open, 1 in all")
    expect(other.locator(".tag[data-tag=yard]")).to_have_count(1)

    page.get_by_role("button", name="Merge yard").press("Enter")
    page.get_by_label("Merge into").select_option("home")
    page.get_by_role("button", name="Merge", exact=True).press("Enter")
    expect(other.locator(".tag[data-tag=yard]")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("tag-line", has_text="yard")).to_have_count(0)
    page.get_by_role("button", name="Delete <i>errands</i>").click()
    expect(page.get_by_role("dialog")).to_contain_text("0 tasks lose the tag")
    page.get_by_role("button", name="Delete", exact=True).press("Enter")
    expect(page.locator("tag-line a.name")).to_have_text(["home", "work"])
    assert [each for each in ana.complaints if "Failed to load resource" not in each] == []
    page.close()
    other.close()


def test_a_tag_of_many_tasks_says_how_far_it_is(ana: Person) -> None:
    """The job itself is the platform's; here its answers are made, so that there is something to see."""
    page = ana.page("/app/tags")
    is_live(page)
    asked: list[int] = []

    def job(done: int) -> dict[str, Any]:
        status = "running" if done < 1200 else "done"
        about = {"id": 7, "kind": "rename", "tag_id": 1, "into_id": None, "total": 1200}
        times = {"created_at": "2026-01-01T10:00:00Z", "finished_at": None}
        return {"job": {**about, **times, "status": status, "done": done, "url": "/api/tags/jobs/7/"}}

    def progress(route: Any) -> None:
        asked.append(1)
        route.fulfill(json=job(500 if len(asked) < 2 else 1200))

    def accept(route: Any) -> None:
        if route.request.method == "PATCH":
            route.fulfill(status=202, json=job(0))
        else:
            route.fallback()

    page.route("**/api/tags/jobs/7/", progress)
    page.route("**/api/tags/*/", accept)
    page.get_by_role("button", name="Rename work").press("Enter")
    page.keyboard.type("office")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Renaming work: 500 of 1200 tasks")).to_be_visible()
    expect(page.locator("toast-list")).to_contain_text("Renamed work on all its tasks.")
    expect(page.get_by_text("Renaming work")).to_have_count(0)
    page.close()


def middle(place: Any) -> tuple[float, float]:
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + min(16, box["height"] / 2)


def can_drag(page: Page) -> None:
    """What drags is loaded, and no answer moves a row any more."""
    becomes(page, "Boolean(document.querySelector('app-shell').app?.drag)")
    all_is_sent(page)


def carry(page: Page, title: str, to: Any, *, release: bool = True) -> None:
    """Drag a row with the mouse."""
    can_drag(page)
    x, y = middle(row(page, title))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 4, y + 4)
    expect(page.locator(".drag-ghost")).to_have_count(0)
    page.mouse.move(x + 12, y + 12)
    expect(page.locator(".drag-ghost")).to_be_visible()
    page.mouse.move(*middle(to), steps=4)
    if release:
        page.mouse.up()


def test_p15_rows_are_dragged_and_m_reaches_what_a_drag_does(ana: Person) -> None:
    page = ana.page("/app/all")
    page.set_viewport_size({"width": 1280, "height": 1600})
    is_live(page)
    add(page, "Carry me")
    shown = row(page, "Carry me")
    nav = page.locator("side-nav")
    carry(page, "Carry me", nav.get_by_role("link", name="Urgent"))
    expect(shown.locator(".priority")).to_have_text("Urgent")
    carry(page, "Carry me", nav.get_by_role("link", name="home"))
    expect(shown.locator(".tag")).to_have_text("#home")
    carry(page, "Carry me", nav.get_by_role("link", name="Today"))
    expect(shown.locator("xpath=ancestor::section")).to_have_attribute("data-section", "today")
    page.keyboard.press("z")
    expect(shown.locator("xpath=ancestor::section")).to_have_attribute("data-section", "no_date")
    assert page.url.endswith("/app/all")  # the click that ends a drag opens nothing

    go(page, "/app/upcoming")
    carry_from = page.get_by_role("button", name="Pay rent", exact=True)
    expect(carry_from).to_be_visible()
    day = page.locator("section[data-section]").nth(6)
    wanted = day.get_attribute("data-section")
    carry(page, "Pay rent", day)
    expect(row(page, "Pay rent").locator("xpath=ancestor::section")).to_have_attribute("data-section", wanted)
    all_is_sent(page)
    assert ana.task("Pay rent")["due_at"][:10] == wanted

    carry(page, "Pay rent", page.locator("section[data-section]").nth(3), release=False)
    page.keyboard.press("Escape")
    expect(page.locator(".drag-ghost")).to_have_count(0)
    page.mouse.up()
    expect(row(page, "Pay rent").locator("xpath=ancestor::section")).to_have_attribute("data-section", wanted)
    carry(page, "Pay rent", page.locator("section[data-section]").nth(3), release=False)
    page.mouse.move(*middle(page.locator(".drop-zone[data-drop=trash]")), steps=3)
    page.mouse.up()
    expect(page.get_by_role("button", name="Pay rent", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_role("button", name="Pay rent", exact=True)).to_be_visible()

    page.get_by_role("button", name="Pay rent", exact=True).focus()
    page.keyboard.press("m")
    expect(page.get_by_role("option", name="Delete")).to_have_count(1)
    labels = page.get_by_role("option").all_inner_texts()
    for target in ("Today", "Tomorrow", "Urgent", "Low", "home", "work", "Delete"):
        assert any(target in label for label in labels), (target, labels)
    page.keyboard.press("Escape")
    page.close()


def test_p16_a_finger_scrolls_and_only_one_that_rests_drags(browser: Browser, ana: Person, url: str) -> None:
    """A touch is made by hand: Playwright has none that rests."""
    context = browser.new_context(
        base_url=url, has_touch=True, storage_state=ana.context.storage_state(), timezone_id="Europe/Madrid"
    )
    page = context.new_page()
    page.goto("/app/all")
    is_live(page)
    expect(row(page, "Paint the roof")).to_be_visible()
    can_drag(page)
    touch = context.new_cdp_session(page)
    row(page, "Paint the roof").scroll_into_view_if_needed()
    x, y = middle(row(page, "Paint the roof"))

    def send(kind: str, *points: tuple[float, float]) -> None:
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": px, "y": py} for px, py in points]},
        )

    send("touchStart", (x, y))
    for step in range(1, 5):
        send("touchMove", (x, y - 20 * step))
    send("touchEnd")
    expect(page.locator(".drag-ghost")).to_have_count(0)
    before = ana.task("Paint the roof")
    row(page, "Paint the roof").scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # the end of a fling
    x, y = middle(row(page, "Paint the roof"))
    send("touchStart", (x, y))
    expect(page.locator(".drag-ghost")).to_be_visible()
    there = middle(page.locator(".drop-zone").nth(1))
    send("touchMove", ((x + there[0]) / 2, (y + there[1]) / 2))
    send("touchMove", there)
    send("touchEnd")
    expect(page.locator("toast-list")).to_contain_text("Changed: Paint the roof")
    all_is_sent(page)
    assert before["due_on"] is None
    assert ana.task("Paint the roof")["due_on"] is not None
    context.close()


def older(number: int) -> dict[str, Any]:
    return {
        "id": 100_000 + number,
        "version": 1,
        "title": f"Long ago {number}",
        "description": "",
        "priority": "medium",
        "tags": [],
        "completed": True,
        "status": "completed",
        "completed_at": "2020-01-01T10:00:00Z",
        "created_at": "2019-01-01T10:00:00Z",
        "updated_at": "2020-01-01T10:00:00Z",
        "due_on": None,
        "due_at": None,
        "time_zone": None,
        "floating": False,
        "reminders": [],
        "recurrence": None,
        "series_id": None,
    }
