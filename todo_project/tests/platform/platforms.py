"""The processes that work on one database, with one broker."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from devstack import Stack
from devstack.dapr import Sidecar
from devstack.paths import REPOSITORY
from devstack.ports import LOOPBACK, pick
from devstack.waiting import wait_until
from todo_project.tests.platform.databases import Database
from todo_project.tests.platform.environment import PROBE, role_environment
from todo_project.tests.platform.people import Person
from todo_project.tests.platform.roles import PATIENCE, Role

PROBES = ("probe", "probe_many")


class Hands:
    """The other end of `hands.py`."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "todo_project.tests.platform.hands"],
                cwd=REPOSITORY,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )

    def do(self, command: str, **arguments: object) -> Any:
        """Have it obey; return its answer. Raises AssertionError when it could not."""
        answer = self.attempt(command, **arguments)
        assert "error" not in answer, f"{command}: {answer['error']}"
        return answer["is"]

    def attempt(self, command: str, **arguments: object) -> dict[str, Any]:
        """Have it obey; return `{"is": answer}` or `{"error": text}`."""
        self.ask(command, **arguments)
        return self.answer()

    def ask(self, command: str, **arguments: object) -> None:
        """Have it obey without waiting; `answer` must follow."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """The answer to the oldest question that is open."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the hands are gone:\n{self._log.read_text()[-3000:]}"
        answered: dict[str, Any] = json.loads(line)
        return answered

    def kill(self) -> int:
        """SIGKILL; return the exit code."""
        self._process.kill()
        return self._let_go()

    def ended(self) -> int:
        """Wait for its end, which something else brings; return the exit code."""
        return self._let_go()

    def close(self) -> None:
        """Let it end, unless it has."""
        if self._process.returncode is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._let_go()

    def _let_go(self) -> int:
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        code = self._process.wait(PATIENCE)
        self._process.stdout.close()
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            return code  # what was not read by the one that is gone
        return code


class Platform:
    """Starts roles on one database; `close` ends what is left of them."""

    def __init__(self, folder: Path, database: Database, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.database = database
        self.environment = role_environment(
            {
                "TODO_DATABASE_URL": database.url,
                "TODO_DATA_DIR": str(folder),
                "TODO_FAULT_MODULE": PROBE,
                **environment,
            }
        )
        self.are_first = False
        """Whether roles that start from now on are the first process of a container, as in a pod."""
        self._roles: list[Role] = []
        self._all_hands: list[Hands] = []
        self._main_hands: Hands | None = None

    def start(self, command: str, *arguments: str, **more: str) -> Role:
        """Start `manage.py command arguments…`; `more` are environment variables."""
        log = self.folder / f"{len(self._roles):02}-{command}.log"
        role = Role(
            ["manage.py", command, *arguments],
            environment={**self.environment, **more},
            log=log,
            is_first=self.are_first,
        )
        self._roles.append(role)
        return role

    def relay(self, **more: str) -> Role:
        return self.start("relay", **more)

    def deliver(self, **more: str) -> Role:
        return self.start("deliver", **more)

    def consume(self, *names: str, **more: str) -> Role:
        """Consumers by name; all that have topics without one."""
        return self.start("consume", *(names or ("--all",)), **more)

    def web(self, port: int | None = None, **more: str) -> "Web":
        """gunicorn, not yet waited for."""
        port = port or pick(1)[0]
        where = ("--host", LOOPBACK, "--port", str(port))
        role = self.start("web", *where, "--processes", "1", "--threads", "4", **more)
        return Web(role, f"http://{LOOPBACK}:{port}")

    def sockets(self, **more: str) -> "Web":
        """daphne, not yet waited for."""
        [port] = pick(1)
        return Web(self.start("sockets", "--port", str(port), **more), f"http://{LOOPBACK}:{port}")

    def up(self, **more: str) -> "Web":
        """Everything in one process, not yet waited for."""
        [port] = pick(1)
        return Web(self.start("up", TODO_PORT=str(port), **more), f"http://{LOOPBACK}:{port}")

    def more_hands(self, **more: str) -> Hands:
        """One more process that acts when told to."""
        log = self.folder / f"hands-{len(self._all_hands)}.log"
        self._all_hands.append(Hands({**self.environment, **more}, log))
        return self._all_hands[-1]

    @property
    def hands(self) -> Hands:
        """The process that most things are asked of; started when first used."""
        if self._main_hands is None:
            self._main_hands = self.more_hands()
        return self._main_hands

    def people(self, count: int, web: "Web", **fields: object) -> list[Person]:
        """Users with access tokens."""
        made = self.hands.do("make_users", count=count, **fields)
        return [Person(web.url, user["id"], user["access"]) for user in made]

    def users(self, count: int, **fields: object) -> list[int]:
        """Ids of so many new users."""
        return [user["id"] for user in self.hands.do("make_users", count=count, **fields)]

    def let_leases_end(self) -> None:
        """Be at the time when what the dead held has run out."""
        self.database.rows("DELETE FROM events_app_lease")

    def reaches(self, statement: str, *params: object, value: object = 0, seconds: float = PATIENCE) -> None:
        """Wait until a query has this value."""

        def is_there() -> bool:
            for role in self._roles:
                role.check()
            return bool(self.database.value(statement, *params) == value)

        assert wait_until(is_there, seconds=seconds), (
            f"{statement} {params} is {self.database.value(statement, *params)}, wanted {value}"
        )

    def settles(self, seconds: float = PATIENCE) -> None:
        """Wait until the broker was told everything and every consumer, new ones too, is through."""
        self.reaches(
            "SELECT (SELECT COUNT(*) FROM events_app_stream WHERE published < head OR settled < head)"
            " + (SELECT COUNT(*) FROM events_app_cursor WHERE retry_at IS NOT NULL AND blocked_at IS NULL)"
            " + (SELECT COUNT(*) FROM events_app_consumer WHERE state = 'catching_up')",
            seconds=seconds,
        )

    def finds_nothing(self, *, seconds: float = PATIENCE, besides: frozenset[str] = frozenset()) -> None:
        """`event_audit --wait` finds nothing, `besides` the checks that the test broke on purpose."""
        audit = self.hands.do("audit", wait=0 if besides else seconds)
        found = [finding for finding in audit["found"] if finding["check"] not in besides]
        assert not found, "\n".join(map(str, found))
        assert besides or audit["code"] == 0, audit

    def applied(self, consumer: str, user_id: int) -> list[int]:
        """What a probe applied of a user's stream, in the order of its rows."""
        rows = self.database.rows(
            "SELECT seq FROM probe_effect WHERE consumer = %s AND stream = %s ORDER BY id",
            consumer,
            f"user:{user_id}",
        )
        return [seq for (seq,) in rows]

    def head(self, user_id: int) -> int:
        """How far a user's history is written."""
        head: int = self.database.value(
            "SELECT head FROM events_app_stream WHERE key = %s", f"user:{user_id}"
        )
        return head

    def applied_everything_once(self, *user_ids: int) -> None:
        """Both probes, and the audit trail, have each event once, in order."""
        for user_id in user_ids:
            wanted = list(range(1, self.head(user_id) + 1))
            for consumer in PROBES:
                found = self.applied(consumer, user_id)
                assert found == wanted, f"{consumer} of user {user_id}: {found}"
            trail = self.database.rows(
                "SELECT seq FROM audit_app_auditentry WHERE user_id = %s ORDER BY position", user_id
            )
            assert [seq for (seq,) in trail] == wanted, f"audit of user {user_id}"

    def close(self) -> None:
        """End what still runs, show how each role ended, and drop the database."""
        for hands in self._all_hands:
            hands.close()
        for role in self._roles:
            role.kill()
            print(role.tail)  # noqa: T201 - pytest shows it when the test fails
        self.database.drop()


class Web:
    """A role that serves HTTP."""

    def __init__(self, role: Role, url: str) -> None:
        self.role = role
        self.url = url

    def answers(self, seconds: float = PATIENCE) -> "Web":
        """Wait until it serves."""
        assert wait_until(self._answers, seconds=seconds), f"does not answer\n{self.role.tail}"
        return self

    def ready(self) -> dict[str, Any]:
        """What `/readyz` says."""
        told: dict[str, Any] = httpx.get(f"{self.url}/readyz", timeout=PATIENCE).json()
        return told

    def becomes(self, status: str, *, seconds: float = PATIENCE) -> None:
        """Wait until `/readyz` says so."""
        assert wait_until(lambda: self.ready()["status"] == status, seconds=seconds), self.ready()

    def _answers(self) -> bool:
        self.role.check()
        try:
            return httpx.get(f"{self.url}/livez", timeout=PATIENCE).is_success
        except httpx.TransportError:
            return False


@contextmanager
def platform(
    folder: Path, database: Database, environment: Mapping[str, str] | None = None
) -> Iterator[Platform]:
    """A platform for the block; nothing runs yet."""
    made = Platform(folder, database, environment or {})
    try:
        yield made
    finally:
        made.close()


def over_kafka(stack: Stack, prefix: str) -> dict[str, str]:
    """Variables for a platform that talks to the stack's Kafka, on topics that exist."""
    return {
        "TODO_EVENT_TRANSPORT": "kafka",
        "TODO_KAFKA_BOOTSTRAP_SERVERS": stack.kafka.bootstrap_servers(),
        "TODO_TOPIC_PREFIX": prefix,
    }


def over_dapr(sidecar: Sidecar, prefix: str) -> dict[str, str]:
    """Variables for a platform that publishes through this sidecar, and is handed events by it."""
    return {"TODO_EVENT_TRANSPORT": "dapr", "TODO_TOPIC_PREFIX": prefix, **sidecar.environment()}
