"""What `receive` and `TODO_EXPECTED_ROLES` refuse, and which roles an installation expects."""

import io
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from devstack.ports import pick
from events_app.consumers import hosting
from events_app.consumers.hosting import host_consumers, hosted_consumers
from events_app.transports.options import DaprOptions
from todo_project.doctor.starting import role_start_command
from todo_project.health.readiness import expected_roles, receiver_roles_of_web
from todo_project.management.commands import receive
from todo_project.settings.env import EnvError, load
from todo_project.settings.roles import chosen_roles

TOKEN = "a token that only the sidecar knows"
RECEIVERS = ["receiver:recurrence", "receiver:audit", "receiver:notifications", "receiver:realtime"]


@pytest.fixture(autouse=True)
def dapr(settings: Settings) -> Iterator[None]:
    settings.EVENT_TRANSPORT, settings.DAPR = "dapr", DaprOptions(app_token=TOKEN)
    yield
    hosting._named.clear()


def refuse(*words: str) -> tuple[int, str]:
    err = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("receive", *words, stderr=err)
    return int(str(ended.value.code)), err.getvalue()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nobody"], "nobody is no consumer; there are recurrence"),
        ([], "name the consumers to host, or --sweeps; there are recurrence"),
        (["replan"], "replan: no topics, served by reconcile"),
        (["audit", "--sweeps"], "--sweeps takes no events"),
    ],
)
def test_names_that_cannot_be_hosted_are_2_and_one_sentence(words: list[str], sentence: str) -> None:
    code, said = refuse(*words)
    assert code == 2
    assert said.startswith(f"todo: {sentence}")
    assert said.count("\n") == 1


def test_what_the_first_message_needs_is_loaded_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[str] = []

    def end(*_: object) -> None:
        raise SystemExit(0)

    monkeypatch.setattr(receive, "prepare_consumers", prepared.extend)
    monkeypatch.setattr(receive, "WebServer", end)
    refuse("audit", "realtime", "--port", str(pick(1)[0]))
    assert prepared == ["audit", "realtime"]


@pytest.mark.parametrize("transport", ["embedded", "kafka"])
def test_without_a_sidecar_there_is_nothing_to_receive(settings: Settings, transport: str) -> None:
    settings.EVENT_TRANSPORT = transport
    assert refuse("audit") == (
        2, f"todo: the transport is {transport} (TODO_EVENT_TRANSPORT): no sidecar calls.\n"
    )  # fmt: skip


def test_a_receiver_with_public_routes_alone_would_serve_nothing(settings: Settings) -> None:
    settings.ROUTES = "public"
    assert refuse("audit")[0] == 2


@pytest.mark.django_db
def test_a_process_subscribes_for_the_consumers_of_its_command(settings: Settings) -> None:
    def topics() -> set[str]:
        answer = Client(headers={"dapr-api-token": TOKEN}).get("/dapr/subscribe")
        return {each["topic"] for each in answer.json()}

    assert topics() == {"task-events", "reminders", "task-updates"}
    settings.EVENT_HOSTED_CONSUMERS = ("recurrence",)
    assert topics() == {"task-events"}
    host_consumers(["realtime"])
    assert (hosted_consumers(), topics()) == (("realtime",), {"task-updates"})
    host_consumers([])
    assert topics() == set()


def test_what_is_expected_follows_the_transport(settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert expected_roles() == ["relay", "sockets", "deliver", *RECEIVERS, "sweeps", "dapr-jobs"]
    assert receiver_roles_of_web() == (*RECEIVERS, "sweeps")
    settings.ROUTES = "public"
    assert receiver_roles_of_web() == ()
    settings.EVENT_TRANSPORT = "kafka"
    assert "consumer:audit" in expected_roles()
    assert receiver_roles_of_web() == ()


def test_what_is_expected_can_be_chosen(settings: Settings) -> None:
    settings.EXPECTED_ROLES = ("relay", "beat")
    assert expected_roles() == ["relay", "beat"]
    settings.EXPECTED_ROLES = ()
    assert expected_roles() == []


@pytest.mark.parametrize(
    ("value", "chosen"),
    [
        ("", None),
        ("none", ()),
        ("relay, receiver:audit,relay", ("relay", "receiver:audit")),
        ("consumer:realtime", ("consumer:realtime",)),
    ],
)
def test_expected_roles_are_read(settings: Settings, value: str, chosen: tuple[str, ...] | None) -> None:
    assert chosen_roles(load({"TODO_EXPECTED_ROLES": value}), settings.EVENT_CONSUMERS) == chosen


@pytest.mark.parametrize("value", ["relais", "consumer:nobody", "consumer:replan", "none,relay", "receiver:"])
def test_an_expected_role_that_is_none_is_one_sentence(settings: Settings, value: str) -> None:
    with pytest.raises(EnvError, match=r"^TODO_EXPECTED_ROLES: [^\n]* is no role; there are web[^\n]*\.$"):
        chosen_roles(load({"TODO_EXPECTED_ROLES": value}), settings.EVENT_CONSUMERS)


@pytest.mark.parametrize(
    ("role", "command"),
    [
        ("receiver:audit", "manage.py receive audit"),
        ("sweeps", "manage.py receive --sweeps"),
        ("dapr-jobs", "manage.py dapr_jobs"),
        ("consumer:audit", "manage.py consume audit"),
        ("relay", "manage.py relay"),
    ],
)
def test_doctor_names_the_command_that_starts_a_role(role: str, command: str) -> None:
    assert role_start_command(role) == command
