"""Things that calls need to find: a task of a series with a reminder, a tag, a sign-in; new ones for each call."""

from collections.abc import Callable
from typing import Any

import requests

_CREATES = {"title": "Prepared", "due_at": "2031-05-04T09:00:00Z", "recurrence": "daily"}


class Prepared:
    """Makes what is asked for through the API itself."""

    def __init__(self, url: str, token: str, person: dict[str, str]) -> None:
        self._url = url
        self._person = person
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._names = 0

    def id_for(self, parameter: str, path: str) -> int | str:
        """Return the id of a new thing of the kind that a path parameter names; 1 for what no call makes."""
        if parameter == "tag_id":
            self._names += 1
            return int(self._post("/api/tags/", {"name": f"prepared {self._names}"})["id"])
        makers: dict[str, Callable[[], int | str]] = {
            "view_id": self._view_id,
            "token_id": self._token_id,
            "sign_in_id": self.other_sign_in_id,
        }
        if parameter in makers:
            return makers[parameter]()
        if parameter not in ("task_id", "series_id", "reminder_id"):
            return 1
        task = self._post("/api/tasks/", {**_CREATES, "reminders": [{"offset": "-PT1H"}]})
        if parameter == "reminder_id":
            return int(task["reminders"][0]["id"])
        if "/trash/" in path:
            self._session.delete(f"{self._url}/api/tasks/{task['id']}/", timeout=60).raise_for_status()
        return int(task["series_id" if parameter == "series_id" else "id"])

    def other_sign_in_id(self) -> str:
        """Return the id of a sign-in that is not the one of the calls themselves."""
        others = [each for each in self._sign_ins() if not each["current"]]
        if not others:
            self._post("/api/auth/token/", self._person)
            others = [each for each in self._sign_ins() if not each["current"]]
        return str(others[0]["id"])

    def _sign_ins(self) -> list[dict[str, Any]]:
        answer = self._session.get(f"{self._url}/api/auth/sign-ins/", timeout=60)
        answer.raise_for_status()
        listed: list[dict[str, Any]] = answer.json()["results"]
        return listed

    def _view_id(self) -> int:
        """Return the id of a saved view that is there: there may be no more than a hundred, and calls make some."""
        there = self._session.get(f"{self._url}/api/views/", timeout=60).json()["results"]
        made = there or [self._post("/api/views/", {"name": "prepared", "query": "due=today"})]
        return int(made[0]["id"])

    def _token_id(self) -> int:
        """Return the id of a token that is there: there may be no more than fifty, and calls make some."""
        there = self._session.get(f"{self._url}/api/auth/personal-tokens/", timeout=60).json()["results"]
        made = there or [self._post("/api/auth/personal-tokens/", {"name": "prepared", "scopes": ["chat"]})]
        return int(made[0]["id"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._session.post(self._url + path, json=body, timeout=60)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made
