"""People who create tasks over HTTP, one request after the other, while something else happens."""

import threading
from dataclasses import dataclass, field
from statistics import median
from time import monotonic

import httpx

from todo_project.tests.platform.people import Person

PAUSE_SECONDS = 0.02


@dataclass
class Posts:
    """What became of the requests of one stretch of time."""

    confirmed: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.seconds)


class Load:
    """As a context manager it works for as long as the block runs; `turn` begins a new stretch."""

    def __init__(
        self, person: Person, *, title: str = "Under load", pause_seconds: float = PAUSE_SECONDS
    ) -> None:
        self._person = person
        self._task = {"title": title}
        self._pause_seconds = pause_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.posts = Posts()

    def turn(self) -> Posts:
        """Begin a new stretch; return the one before."""
        before, self.posts = self.posts, Posts()
        return before

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping.wait(self._pause_seconds):
            posts, began = self.posts, monotonic()
            try:
                answer = self._person.send("POST", "/api/tasks/", self._task)
            except httpx.TransportError:
                posts.refused.append(0)
                continue
            posts.seconds.append(monotonic() - began)
            if answer.status_code == httpx.codes.CREATED:
                posts.confirmed.append(answer.json()["id"])
            else:
                posts.refused.append(answer.status_code)
