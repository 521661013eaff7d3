"""What a person does and the page makes of it: addresses, keys, pasted lines, chips, and the choices for rows."""

from typing import Any

import pytest
from playwright.sync_api import Page

from web_app.tests.scenes import call

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    ("path", "view"),
    [
        ("/", "today"),
        ("/app/all/", "all"),
        ("/app/tag/a%20b", "tag"),
        ("/app/priority/x", "missing"),
        ("/app/tag/%", "missing"),
    ],
)
def test_which_screen_an_address_means(page: Page, path: str, view: str) -> None:
    assert call(page, "ui/router.js", "m.routeOf(v).view", path) == view


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({"key": "\u043e", "code": "KeyJ"}, "j"),
        ({"key": "j", "code": "KeyC"}, "j"),
        ({"key": "?", "code": "Slash"}, "?"),
        ({"key": "\u0439", "code": "KeyQ"}, "q"),
        ({"key": "\u041e", "code": "KeyJ", "shiftKey": True}, "J"),
        ({"key": "J", "code": "KeyJ", "shiftKey": False}, "j"),
    ],
)
def test_p14_keys_work_on_layouts_without_latin_letters(page: Page, event: dict[str, Any], name: str) -> None:
    assert call(page, "ui/keys.js", "m.keyName(v)", event) == name


def test_lines_that_are_pasted_lose_their_list_marks(page: Page) -> None:
    text = "- milk\n* bread\r\n\n3. eggs\n[ ] tea\n  • jam"
    assert call(page, "quickadd/lines.js", "m.linesOf(v)", text) == ["milk", "bread", "eggs", "tea", "jam"]
    assert call(page, "quickadd/lines.js", "m.cleanText('a\\0b\\ud800')") == "ab\ufffd"


def test_p10_the_parts_of_a_line_are_the_line(page: Page) -> None:
    chips = [
        {"start": 5, "end": 9, "kind": "due"},
        {"start": 7, "end": 12, "kind": "tag"},
        {"start": 12, "end": 14, "kind": "tag"},
    ]
    text = "call mum 🐝 tomorrow"
    parts = call(page, "quickadd/chips.js", "m.partsOf(v.text, v.chips)", {"text": text, "chips": chips})
    assert "".join(part["text"] for part in parts) == text


def test_p10_whatever_is_read_no_letter_of_a_line_is_lost(page: Page) -> None:
    found = call(
        page,
        "quickadd/chips.js",
        """(() => {
          let seed = 7;
          const draw = (most) => (seed = (seed * 48271) % 0x7fffffff) % most;
          const letters = ["a", " ", "#", "24h", "\\u{1f41d}", "e\\u0301", "\\u05d0"];
          for (let round = 0; round < 1000; round += 1) {
            const text = Array.from({length: draw(30)}, () => letters[draw(letters.length)]).join("");
            const starts = Array.from({length: draw(7)}, () => draw(text.length + 1));
            const chips = starts.map((start) => ({start, end: start + draw(9), kind: "due"}));
            const joined = m.partsOf(text, chips).map((part) => part.text).join("");
            if (joined !== text) return {text, chips, joined};
          }
          return null;
        })()""",
    )
    assert found is None


def test_parts_that_say_the_same_are_one_chip(page: Page) -> None:
    chips = [
        {"id": "due-6", "kind": "due", "means": "every Monday; first: 30 Nov", "alternatives": []},
        {
            "id": "recurrence-19",
            "kind": "recurrence",
            "means": "every Monday; first: 30 Nov",
            "alternatives": [1],
        },
        {"id": "tag-30", "kind": "tag", "means": "Tag: a", "alternatives": []},
    ]
    found = call(page, "quickadd/chips.js", "m.shownChips(v)", chips)
    assert [(chip["id"], chip["kind"], len(chip["parts"])) for chip in found] == [
        ("due-6", "recurrence", 2),
        ("tag-30", "tag", 1),
    ]
    assert found[0]["alternatives"] == [1]


CHOICES = """(() => {
  const given = [];
  const actions = {changeAll: (rows, fieldsOf) => given.push(rows.map(fieldsOf))};
  const store = {zone: "Europe/Madrid", counts: {tags: new Map([["home", 2], ["work", 1]])}, shown: new Map()};
  const place = {today: v.today ?? "2026-11-25", locale: "en-GB", t: (key) => key};
  const t = (key, values) => key + (values?.tag ?? "");
  const app = {t, actions, store, place, user: {week_start: v.week_start ?? "mo"}, commands: []};
  const choices = m.choicesOf(app, {page: v.page, rows: v.rows, query: v.query ?? ""});
  choices.find(({id}) => id === v.take)?.run();
  return {given, ids: choices.map(({id, isOn}) => isOn ? `${id} on` : id)};
})()"""


@pytest.mark.parametrize(
    ("week_start", "today", "day"),
    [
        ("mo", "2026-11-25", "2026-11-30"),
        ("su", "2026-11-25", "2026-11-29"),
        ("sa", "2026-11-25", "2026-11-28"),
        ("mo", "2026-11-30", "2026-12-07"),
    ],
)
def test_p13_next_week_begins_where_the_account_has_it(
    page: Page, week_start: str, today: str, day: str
) -> None:
    asked = {"page": "due", "rows": [{"tags": []}], "take": "day next_week", "today": today}
    found = call(page, "ui/choices.js", CHOICES, {**asked, "week_start": week_start})
    assert found["given"] == [[{"due_on": day}]]


def test_a_tag_is_given_to_all_rows_and_taken_from_all(page: Page) -> None:
    rows = [{"tags": ["home"], "due_on": None}, {"tags": ["home", "work"], "due_on": None}]
    asked = {"page": "tags", "rows": rows}
    assert call(page, "ui/choices.js", CHOICES, {**asked, "take": "tag home"}) == {
        "given": [[{"tags": []}, {"tags": ["work"]}]],
        "ids": ["tag home on", "tag work"],
    }
    given = call(page, "ui/choices.js", CHOICES, {**asked, "take": "tag work"})["given"]
    assert given == [[{"tags": ["home", "work"]}, {"tags": ["home", "work"]}]]
    new = call(page, "ui/choices.js", CHOICES, {**asked, "query": "#garden", "take": "new tag"})
    assert new["given"] == [[{"tags": ["home", "garden"]}, {"tags": ["home", "work", "garden"]}]]


GIVE_TAG = """(() => {
  const [said, given] = [[], []];
  const changeAll = ([row], fieldsOf) => given.push(fieldsOf(row).tags.length);
  const actions = {changeAll, saySmall: (text) => said.push(text)};
  const t = (key, values) => `${key} ${values.count ?? values.most ?? ""}`.trim();
  const rows = [{tags: Array.from({length: v.tags}, (_, at) => `t${at}`)}];
  const app = {t, actions, store: {counts: {tags: new Map()}}, commands: []};
  const last = m.choicesOf(app, {page: "tags", rows, query: v.query}).at(-1);
  last.run?.();
  return [last.label, said, given];
})()"""


@pytest.mark.parametrize(
    ("letters", "tags", "given"),
    [
        (50, 49, ["new_tag", [], [50]]),
        (51, 0, ["too_long_by 1", [], []]),
        (1, 50, ["new_tag", ["tags_full 50"], []]),
    ],
)
def test_a_tag_that_is_too_long_or_one_too_many_is_refused_with_the_number(
    page: Page, letters: int, tags: int, given: list[Any]
) -> None:
    assert call(page, "ui/choices.js", GIVE_TAG, {"query": "x" * letters, "tags": tags}) == given


def test_p15_every_place_that_a_row_can_go_to_is_in_the_move_menu(page: Page) -> None:
    rows = [{"tags": [], "due_on": "2026-11-25", "priority": "high"}]
    ids = call(page, "ui/choices.js", CHOICES, {"page": "move", "rows": rows})["ids"]
    assert {"day today", "day tomorrow", "day next_week", "day none"} <= set(ids)
    assert {"priority urgent", "priority high on", "tag home", "delete"} <= set(ids)
