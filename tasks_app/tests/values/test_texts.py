# ruff: noqa: RUF001 - letters that look alike are what this is about
"""Short texts have no characters that cannot be seen."""

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.models import Tag
from tasks_app.tests.helpers import make_task
from tasks_app.values.tag_names import tag_key
from tasks_app.values.texts import clean_line

HIDDEN = ["\u00ad", "\u200b", "\u2060", "\ufeff", "\u200c", "\u200d", "\u200e", "\u202e", "\u2066", "\u034f",
          "\u115f", "\u3164", "\ufe0f", "\U000e0041", "\x07", "\x7f", "\x9f", "\ufff9", "\u180e", "\u061c"]  # fmt: skip
KEPT = ["❤️", "👨‍👩‍👧", "❤️‍🔥", "1️⃣", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "می‌خواهم",
        "क्‍ष", "葛\U000e0100", "a\tb", "a\nb", "é", "e\u0301"]  # fmt: skip


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_cannot_be_seen_is_removed(hidden: str) -> None:
    assert clean_line(f"{hidden} a{hidden}b {hidden}") == "ab"
    assert clean_line(f" {hidden} ") == ""


@pytest.mark.parametrize("text", KEPT)
def test_what_changes_how_a_text_looks_stays(text: str) -> None:
    assert clean_line(f" {text} ") == text


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_title_has_1_to_200_characters_that_can_be_seen(client: APIClient, hidden: str) -> None:
    answer = client.post("/api/tasks/", {"title": f"{hidden}Buy{hidden} milk{hidden}"})
    assert (answer.status_code, answer.json()["title"]) == (201, "Buy milk")
    full = f"{'x' * 200}{hidden * 100}"
    changed = client.patch(f"/api/tasks/{answer.json()['id']}/", {"title": full})
    assert (changed.status_code, changed.json()["title"]) == (200, "x" * 200)
    for wrong, code in ((hidden, "blank"), (f" {hidden}\u2800 ", "blank"), ("x" * 201, "max_length")):
        refused = client.post("/api/tasks/", {"title": wrong})
        assert refused.status_code == 400, wrong
        assert [(each["field"], each["code"]) for each in refused.json()["errors"]] == [("title", code)]


def test_bulk_and_series_clean_their_titles_too(client: APIClient) -> None:
    operations = [{"op": "create", "fields": {"title": "a\u200bb", "tags": ["c\u00add"]}}]
    [row] = client.post("/api/tasks/bulk/", {"operations": operations}, format="json").json()["results"]
    task = row.get("task", row)
    assert (task["title"], task["tags"]) == ("ab", ["cd"])
    weekly = client.post(
        "/api/tasks/", {"title": "w", "due_at": "2030-05-04T09:00", "recurrence": "weekly"}, format="json"
    )
    series = f"/api/series/{weekly.json()['series_id']}/"
    assert client.patch(series, {"title": "n\ufeffew"}).json()["title"] == "new"


def test_a_line_of_quick_add_is_cleaned_too(client: APIClient) -> None:
    row = client.post("/api/tasks/quick/", {"text": "Buy\u200b milk\u2060 #ho\u00adme"}).json()
    assert row["title"] == "Buy milk"
    refused = client.post("/api/tasks/quick/", {"text": "\u2060\u200b"})
    assert (refused.status_code, [each["code"] for each in refused.json()["errors"]]) == (400, ["required"])


LOOK_ALIKES = [
    "Küche",
    "KÜCHE",
    "Ku\u0308che",
    "K\u00adüche",
    "\u200bKüche\ufeff",
    "Küc\u2060he",
    "Küche\ufe0f",
    "Ｋüche",
]


def test_tags_that_look_alike_are_one(client: APIClient, user: User) -> None:
    assert {tag_key(name) for name in LOOK_ALIKES} == {"küche"}
    for name in LOOK_ALIKES:
        row = client.post("/api/tasks/", {"title": "x", "tags": [name, *LOOK_ALIKES]}, format="json").json()
        assert row["tags"] == ["Küche"], name
    assert Tag.objects.filter(owner=user).count() == 1
    assert client.post("/api/tags/", {"name": "K\u200büche"}).status_code == 409
    for name in LOOK_ALIKES:
        assert len(client.get("/api/tasks/", {"tag": name}).json()["results"]) == len(LOOK_ALIKES), name


def test_a_tag_is_stored_as_it_is_seen(client: APIClient, user: User) -> None:
    assert client.post("/api/tags/", {"name": " ho\u200bme\u00ad "}).json()["name"] == "home"
    for wrong in ("\u200b", "\u2060 \ufeff", "x" * 51):
        assert client.post("/api/tags/", {"name": wrong}).status_code == 400, wrong
    assert client.post("/api/tags/", {"name": "x" * 50 + "\u00ad" * 50}).status_code == 201
    make_task(user, "t", tags=("office",))
    office = Tag.objects.get(owner=user, key="office")
    assert client.patch(f"/api/tags/{office.pk}/", {"name": "of\u200bfice"}).json()["name"] == "office"
