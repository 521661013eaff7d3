import pytest
from rest_framework.test import APIClient

from accounts_app.operations.personal_tokens import create_personal_token
from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.tests.factories import make_user
from events_app.log.epochs import begin_epoch, current_epoch
from events_app.log.write import writing
from events_app.models import Epoch
from realtime_app.tests.payloads import notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller() -> APIClient:
    """Return a client whose user has three events."""
    user = make_user()
    with writing(user) as log:
        log.record_many([notification(number) for number in range(3)])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {begin_family(user).access}")
    return client


def test_changes_are_listed_in_pages(caller: APIClient) -> None:
    first = caller.get("/api/changes/", {"after": 0, "limit": 2}).json()
    assert [change["sequence"] for change in first["results"]] == [1, 2]
    assert (first["sequence"], first["more"]) == (2, True)
    assert first["results"][0]["type"] == "event"
    assert first["results"][0]["operation"] == "notify"
    second = caller.get("/api/changes", {"after": 2, "limit": 2}).json()
    assert [change["sequence"] for change in second["results"]] == [3]
    assert (second["sequence"], second["more"]) == (3, False)


def test_without_after_the_answer_is_where_now_is(caller: APIClient) -> None:
    assert caller.get("/api/changes/").json() == {
        "results": [],
        "sequence": 3,
        "more": False,
        "epoch": current_epoch(),
    }


def test_another_epoch_is_410_reset(caller: APIClient) -> None:
    epoch = caller.get("/api/changes/").json()["epoch"]
    assert caller.get("/api/changes/", {"after": 1, "epoch": epoch}).json()["sequence"] == 3
    begin_epoch(Epoch.Reason.ASKED)
    for query in ({"after": 1, "epoch": epoch}, {"epoch": epoch}):
        answer = caller.get("/api/changes/", query)
        assert (answer.status_code, answer.json()["code"]) == (410, "reset")


def test_ahead_of_the_history_is_410_reset(caller: APIClient) -> None:
    answer = caller.get("/api/changes/", {"after": 4})
    assert (answer.status_code, answer.json()["code"]) == (410, "reset")


@pytest.mark.parametrize(
    "query",
    [
        {"after": -1},
        {"after": "x"},
        {"after": 2**63},
        {"after": "1.5"},
        {"after": ""},
        {"limit": 0},
        {"limit": 501},
        {"epoch": ""},
        {"epoch": "x" * 65},
        {"after": 0, "before": 3},
    ],
)
def test_a_query_that_cannot_be_is_400_and_names_the_parameter(
    caller: APIClient, query: dict[str, str]
) -> None:
    answer = caller.get("/api/changes/", query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == list(query)[-1]


def test_without_credentials_it_is_401() -> None:
    assert APIClient().get("/api/changes/").status_code == 401


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_only_reading_is_allowed(caller: APIClient, method: str) -> None:
    assert getattr(caller, method)("/api/changes/").status_code == 405


def test_a_personal_token_reads_changes_but_none_of_the_account() -> None:
    made = create_personal_token(make_user(), "script", ["tasks:read"], expires_in_days=1)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {made.text}")
    assert client.get("/api/changes/?after=0&include=views").status_code == 200
    refused = client.get("/api/changes/?after=0&include=views,account")
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in refused["WWW-Authenticate"]
