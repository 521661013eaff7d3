"""People who make random calls of the API and record the answers."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar

from django.db.models import QuerySet
from django.test import Client

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.tokens import sign_tokens
from accounts_app.models import RefreshFamily, User
from todo_project.simulation.actors import SimulatedProcess
from todo_project.simulation.bodies import Bodies
from todo_project.simulation.calls import ACTS, TASKS, Call, closing_calls
from todo_project.simulation.chaos import Crash
from todo_project.simulation.world import World

FOREVER: Final = datetime(9000, 1, 1, tzinfo=UTC)
SAME_ROW_SHARE: Final = 0.4  # how often a person uses the same row as in the last call

_T = TypeVar("_T")


class Person(SimulatedProcess):
    """One user with a client that may crash during a request."""

    def __init__(self, world: World, name: str, user: User) -> None:
        super().__init__(world, name)
        self.user_id = user.pk
        self.bodies = Bodies(world.random, world.clock)
        self.story: list[str] = []
        self._last: dict[type, int] = {}
        self._acts, self._weights = list(ACTS), list(ACTS.values())
        self._client = Client(
            raise_request_exception=False, headers={"Authorization": f"Bearer {_token(user)}"}
        )

    def step(self) -> object:
        [act] = self.world.random.choices(self._acts, self._weights)
        call = act(self)
        return act.__name__.removeprefix("_") if call is None else self.make(call)

    def finish(self) -> None:
        """Read, move and complete everything: nothing that was accepted may make these calls fail."""
        for call in closing_calls(self):
            self.make(call)

    def make(self, call: Call) -> str:
        """Make one call; return it with its answer. A 5xx, or an error about an unsent field, fails the run."""
        now, refused = self.world.clock.now.isoformat(timespec="seconds"), self.world.interceptor.refusals
        try:
            response = self._client.generic(call.method, call.path, call.content, "application/json")
        except Crash as crash:
            self.story.append(f"{now} {call} -> crashed at {crash}")
            raise
        answer = json.loads(response.content or "{}")
        line = f"{call} -> {_summarize(response.status_code, answer)}"
        self.story.append(f"{now} {line}")
        if response.status_code == HTTPStatus.CREATED and call.path == TASKS:
            self.world.answered.add(answer["id"])
        if (
            response.status_code != HTTPStatus.SERVICE_UNAVAILABLE
            or refused == self.world.interceptor.refusals
        ):
            self._judge(call, line, response=response, answer=answer)
        return line

    def pick(self, rows: "QuerySet[Any]") -> int | None:
        """Return the id of one of these rows, often the same as last time; None when there are none."""
        ids = list(rows.order_by("id").values_list("id", flat=True))
        last = self._last.get(rows.model)
        if last in ids and self.world.happens(SAME_ROW_SHARE):
            return last
        self._last[rows.model] = self.world.random.choice(ids) if ids else 0
        return self._last[rows.model] or None

    def choose(self, values: Sequence[_T]) -> _T:
        """Return one of these."""
        return self.world.random.choice(values)

    def _judge(self, call: Call, line: str, *, response: Any, answer: Any) -> None:
        """Note a failure for a 5xx answer and for an error about a field that the caller did not send."""
        error = response.exc_info[1] if response.exc_info else None
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.world.watch.note(f"the API failed: {line}", error=error, user_id=self.user_id)
        unsaid = [each["field"] for each in _problems(answer) if not call.has_named(each["field"])]
        if unsaid:
            self.world.watch.note(f"refused for {unsaid}, which nobody named: {line}", user_id=self.user_id)


def _problems(answer: Any) -> list[dict[str, str]]:
    return answer.get("errors") or [] if isinstance(answer, dict) else []


def _summarize(status: int, answer: Any) -> str:
    """Return a summary of an answer: status and task id, or the reasons of a refusal."""
    if status >= HTTPStatus.BAD_REQUEST:
        reasons = [f"{each['field']} {each['code']}" for each in _problems(answer)]
        return " ".join([str(status), *(reasons or [str(answer.get("code"))])])
    known = isinstance(answer, dict) and "version" in answer
    return f"{status} task {answer['id']} of series {answer['series_id']}" if known else str(status)


def _token(user: User) -> str:
    """Return an access token that never expires."""
    family = RefreshFamily.objects.create(user=user, expires_at=FOREVER)
    credential = Credential(user_id=user.pk, mark=user.credentials_mark, family_id=family.pk)
    return sign_tokens(credential, rotation=family.rotation, now=FOREVER).access
