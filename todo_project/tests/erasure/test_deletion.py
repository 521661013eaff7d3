"""A deleted account is out at once, leaves one line, and is brought back by nothing."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.operations.accounts import register_user
from accounts_app.operations.erasure import ROW_KEPT, close_account, erase_accounts
from accounts_app.operations.personal_tokens import create_personal_token
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, signed_in_client
from audit_app.models import AuditHead, ForgottenTrail
from audit_app.verification.many import verify_all
from events_app.consumers.kernel import advance
from events_app.consumers.kernel.batch import run_batch
from events_app.consumers.kernel.cursors import cursor_states
from events_app.consumers.reconcile import reconcile
from events_app.consumers.registry import consumers
from events_app.contracts import stream_key
from events_app.log.write import HistoryClosed, writing
from events_app.models import Event, Stream
from events_app.operating.erasure import erase_history
from events_app.operating.invariants import find_all
from events_app.relay.relay import Relay
from events_app.runtime.crash import intercept
from events_app.transports.memory import MemoryTransport
from foundation.database.transactions import clock
from notifications_app.models import Notification
from tasks_app.models import Task
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.tests.helpers import make_task
from todo_project.tests.erasure.belongings import STAYS, make_rich_user, rows_of, rows_that_say, run_consumers

pytestmark = pytest.mark.django_db(transaction=True)
ME = "/api/auth/me/"
MARK = "zqxmark"


def delete(client: Any, password: str = PASSWORD) -> Any:
    return client.delete(ME, {"password": password}, format="json")


def erase() -> None:
    """Run the job to its end."""
    later = timezone.now() + ROW_KEPT + timedelta(seconds=1)
    with clock(lambda: later):
        erase_accounts()


def wrong() -> list[str]:
    """Return what `event_audit` finds and `audit_verify` would, but for work that is under way."""
    found = [f"{each.check} {each.subject}: {each.detail}" for each in find_all() if each.kind == "broken"]
    return found + [str(verdict) for verdict in verify_all() if not verdict.ok]


@pytest.fixture
def other() -> User:
    """Somebody else, who has as much."""
    return make_rich_user("someoneelse")


class TestAtOnce:
    def test_nothing_lets_the_user_in_any_more(self) -> None:
        user = make_user("ann")
        clients = [signed_in_client(user), APIClient(), APIClient()]
        token = create_personal_token(user, "t", ["tasks:write"], expires_in_days=None).text
        clients[1].credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        browser = browser_of(user)
        pair = APIClient().post("/api/auth/token/", {"username": "ann", "password": PASSWORD}).json()

        answer = delete(clients[0])

        assert answer.status_code == 202
        assert "signed out" in answer.json()["detail"]
        assert [client.get("/api/tasks/").status_code for client in clients] == [401, 401, 401]
        assert browser.get("/api/tasks/").status_code == 401
        refresh = APIClient().post("/api/auth/token/refresh/", {"refresh": pair["refresh"]})
        again = APIClient().post("/api/auth/token/", {"username": "ann", "password": PASSWORD})
        assert (refresh.status_code, again.status_code) == (401, 401)

    def test_its_row_says_nothing_of_who_it_was_and_the_name_is_free(self) -> None:
        user = make_user("ann", email="ann@example.org")

        delete(signed_in_client(user))

        assert not [
            value for value in User.objects.filter(pk=user.pk).values()[0].values() if "ann" in str(value)
        ]
        assert register_user("ann", PASSWORD, email="ann@example.org").pk != user.pk

    def test_operators_do_not_see_it(self) -> None:
        user, root = make_user("ann"), browser_of(make_user("root", is_staff=True, is_superuser=True))
        close_account(user.pk)

        listed = root.get("/admin/accounts_app/user/").content.decode()

        assert f"deleted {user.pk}" not in listed
        assert root.get(f"/admin/accounts_app/user/{user.pk}/change/").status_code == 302

    @pytest.mark.parametrize(
        "body",
        [{}, {"password": "wrong"}, {"password": None}, {"password": PASSWORD, "x": 1}, {"password": 5}],
    )
    def test_without_the_right_password_nothing_happens(self, body: dict[str, object]) -> None:
        user = make_user()
        client = signed_in_client(user)

        refused = client.delete(ME, body, format="json")

        assert refused.status_code == 400
        assert client.get(ME).status_code == 200
        user.refresh_from_db()
        assert user.deletion_requested_at is None

    def test_a_personal_token_does_not_do_it(self) -> None:
        client, user = APIClient(), make_user()
        token = create_personal_token(user, "t", ["tasks:write", "chat"], expires_in_days=None).text
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")

        assert delete(client).status_code == 403
        assert User.objects.get(pk=user.pk).is_active

    def test_a_browser_needs_its_csrf_token(self) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(make_user())

        refused = browser.delete(ME, f'{{"password": "{PASSWORD}"}}', content_type="application/json")

        assert refused.status_code == 403

    def test_nothing_is_mailed_any_more(self) -> None:
        user = make_rich_user(MARK)

        close_account(user.pk)

        assert User.objects.get(pk=user.pk).channels == []
        assert not [each for each in rows_that_say(f"{MARK}.new@") if each.startswith("AccountMail")]


class TestAfterwards:
    def test_every_table_is_empty_of_the_user_and_full_of_the_other(self, other: User) -> None:
        user = make_rich_user(MARK)
        before, kept = rows_of(user.pk), rows_of(other.pk)
        unfilled = {model.__name__ for model, rows in before.items() if not rows and model not in STAYS}
        assert unfilled == set(), "give the user a row, so that this test says something about it"
        hash_ = AuditHead.objects.get(pk=user.pk)

        delete(signed_in_client(user))
        erase()

        left = {model.__name__: rows for model, rows in rows_of(user.pk).items() if rows}
        assert left == {"ForgottenTrail": 1}
        assert rows_that_say(MARK) == []
        line = ForgottenTrail.objects.get()
        assert (line.user_id, line.entries, line.hash) == (user.pk, hash_.entries, hash_.hash)
        assert rows_of(other.pk) == kept
        assert wrong() == []

    def test_commands_that_verify_find_nothing(self, other: User) -> None:
        close_account(make_rich_user(MARK).pk)
        erase()
        run_consumers()
        out = StringIO()

        with suppress(SystemExit):  # tests have no triggers, which it says as well
            call_command("audit_verify", stdout=out)

        assert "FAIL user" not in out.getvalue()
        assert ", 0 broken" in out.getvalue()

    def test_the_job_may_run_again_and_finds_nothing(self) -> None:
        close_account(make_rich_user(MARK).pk)
        erase()

        assert erase_accounts() == 0

    def test_while_a_call_may_be_under_way_the_row_stays_and_no_more(self) -> None:
        user = make_rich_user(MARK)
        close_account(user.pk)

        erase_accounts()

        assert User.objects.filter(pk=user.pk).exists()
        assert not Task.objects.filter(owner=user).exists()
        assert rows_that_say(MARK) == []
        erase()
        assert not User.objects.filter(pk=user.pk).exists()

    def test_while_it_is_removed_nothing_looks_broken(self, other: User) -> None:
        user = make_rich_user(MARK)
        close_account(user.pk)
        seen: list[str] = []

        with intercept(lambda name: seen.extend(wrong()) if name == "sweep.after_commit" else None):
            erase()

        assert seen == []


class Killed(BaseException):
    """Stands for the end of the process."""


def killing_at(passage: int) -> Callable[[str], None]:
    passed = 0

    def point(name: str) -> None:
        nonlocal passed
        if name.startswith("sweep."):
            passed += 1
            if passed == passage:
                raise Killed

    return point


def test_a_job_that_is_killed_at_any_step_goes_on() -> None:
    users = [make_rich_user(f"{MARK}{number}") for number in range(3)]
    for user in users:
        close_account(user.pk)
    passage, later = 0, timezone.now() + ROW_KEPT + timedelta(seconds=1)

    with clock(lambda: later):
        while User.objects.filter(pk__in=[user.pk for user in users]).exists():
            passage += 1
            assert passage < 200
            with intercept(killing_at(1 + passage % 5)), suppress(Killed):
                erase_accounts()

    assert passage > 10
    assert rows_that_say(MARK) == []
    assert set(ForgottenTrail.objects.values_list("user_id", flat=True)) == {user.pk for user in users}
    assert wrong() == []


class TestWhatIsBehind:
    """Consumers, the relay and writers that have not seen it yet."""

    @pytest.fixture
    def user(self) -> User:
        user = make_user()
        for number in range(5):
            make_task(user, f"{MARK} {number}", due="2026-02-01T09:00:00+00:00", reminders=["30m"])
        return user

    def assert_gone(self, user: User) -> None:
        erase()
        run_consumers()
        reconcile(quiet_seconds=0)
        left = {model.__name__: rows for model, rows in rows_of(user.pk).items() if rows}
        assert left == {"ForgottenTrail": 1}
        assert rows_that_say(MARK) == []
        assert wrong() == []

    def test_consumers_that_never_ran_have_nothing_to_do(self, user: User) -> None:
        close_account(user.pk)

        reconcile(quiet_seconds=0)
        for name in consumers():
            advance(name, {stream_key(user.pk): 10**6, f"deleted:{user.pk}": 10**6})

        assert not AuditHead.objects.filter(pk=user.pk).exists()
        assert not Notification.objects.exists()
        self.assert_gone(user)

    def test_a_consumer_that_had_read_its_numbers_before_leaves_nothing(self, user: User) -> None:
        states = cursor_states([("audit", stream_key(user.pk), 10**6)])
        close_account(user.pk)

        run_batch(states)  # applies what it was about to

        assert AuditHead.objects.filter(pk=user.pk).exists()
        self.assert_gone(user)

    def test_a_consumer_that_comes_back_after_the_stream_is_gone_is_refused(self, user: User) -> None:
        states = cursor_states([("audit", stream_key(user.pk), 10**6)])
        close_account(user.pk)
        while erase_history(user.pk):
            pass

        with pytest.raises(Exception, match=r"(?i)foreign key|constraint"):
            run_batch(states)

        assert not AuditHead.objects.filter(pk=user.pk).exists()
        self.assert_gone(user)

    def test_failures_that_wait_for_a_retry_go_too(self, user: User) -> None:
        run_consumers()
        stream = Stream.objects.get(key=stream_key(user.pk))
        stream.cursors.update(seq=0, attempts=1, retry_at=timezone.now() - timedelta(hours=1))
        close_account(user.pk)

        reconcile(quiet_seconds=0)

        self.assert_gone(user)

    def test_a_relay_that_has_sent_but_not_marked_goes_on(self, user: User) -> None:
        relay, other = Relay(MemoryTransport()), make_user()
        make_task(other)
        sent = relay.send(relay.find_streams())
        close_account(user.pk)

        relay.mark(sent)

        assert Stream.objects.get(key=f"deleted:{user.pk}").published == 0
        assert Stream.objects.get(key=stream_key(other.pk)).published > 0
        make_task(other)
        erase()
        assert relay.poll() == 1
        assert relay.poll() == 0
        self.assert_gone(user)

    def test_a_writer_that_waited_is_refused_and_creates_no_history(self, user: User) -> None:
        close_account(user.pk)

        with pytest.raises(HistoryClosed), writing(user):
            pass
        with pytest.raises(HistoryClosed):
            make_task(user, f"{MARK} late")

        assert not Stream.objects.filter(key=stream_key(user.pk)).exists()
        self.assert_gone(user)

    def test_a_user_without_any_history_is_deleted_as_well(self) -> None:
        user = make_user()
        close_account(user.pk)
        with pytest.raises(HistoryClosed), writing(user):
            pass
        self.assert_gone(user)

    def test_reminders_that_are_due_do_not_fire(self, user: User) -> None:
        close_account(user.pk)

        fire_due_reminders()

        assert not Event.objects.filter(type="reminder.due").exists()
        self.assert_gone(user)

    def test_a_second_deletion_is_refused(self, user: User) -> None:
        close_account(user.pk)

        with pytest.raises(HistoryClosed):
            close_account(user.pk)


class TestStaff:
    @pytest.fixture
    def root(self) -> User:
        return make_user("root", is_staff=True, is_superuser=True)

    def by_action(self, operator: User, *users: User) -> str:
        chosen = {"action": "erase", "_selected_action": [user.pk for user in users]}
        browser = browser_of(operator)
        asked = browser.post("/admin/accounts_app/user/", chosen)
        assert b"Nothing brings them back" in asked.content
        assert not User.objects.filter(deletion_requested_at__isnull=False).exists()
        return browser.post(
            "/admin/accounts_app/user/", {**chosen, "confirmed": "yes"}, follow=True
        ).content.decode()

    def test_the_last_superuser_does_not_delete_itself(self, root: User) -> None:
        make_user("helper", is_staff=True)
        make_user("gone", is_superuser=True, is_active=False)

        refused = delete(signed_in_client(root))

        assert (refused.status_code, refused.json()["code"]) == (409, "last_superuser")
        assert signed_in_client(root).get(ME).status_code == 200
        assert "last superuser" in self.by_action(root, root)

    def test_one_of_two_superusers_does(self, root: User) -> None:
        other = make_user("root2", is_superuser=True)

        assert delete(signed_in_client(root)).status_code == 202
        assert delete(signed_in_client(other)).status_code == 409

    def test_an_operator_deletes_users_by_the_same_job(self, root: User) -> None:
        users = [make_rich_user(f"{MARK}{number}") for number in range(2)]

        assert "2 of 2 deleted" in self.by_action(root, *users)
        erase()

        assert rows_that_say(MARK) == []
        assert wrong() == []

    def test_staff_do_not_delete_staff(self, root: User) -> None:
        helper, user = make_user("helper", is_staff=True), make_user("ann")
        helper.user_permissions.set(_permissions("view_user", "delete_user", "change_user"))

        self.by_action(helper, root, user)

        marked = User.objects.filter(deletion_requested_at__isnull=False)
        assert set(marked.values_list("pk", flat=True)) == {user.pk}

    def test_the_right_to_delete_users_is_needed(self, root: User) -> None:
        helper, user = make_user("helper", is_staff=True), make_user("ann")
        helper.user_permissions.set(_permissions("view_user", "change_user"))
        chosen = {"action": "erase", "_selected_action": [user.pk], "confirmed": "yes"}

        browser_of(helper).post("/admin/accounts_app/user/", chosen)

        assert User.objects.get(pk=user.pk).is_active


def _permissions(*names: str) -> Iterator[Any]:
    return Permission.objects.filter(codename__in=names).iterator()
