"""The state of one simulated run: random generator, clock, broker, users, and confirmed tasks."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from unittest.mock import patch

from django.conf import settings
from django.test import override_settings

from accounts_app.models import User
from events_app.consumers import registry
from events_app.consumers.registration import register_consumers
from events_app.consumers.specs import ConsumerSpec
from events_app.runtime import crash
from foundation.database import transactions
from todo_project.simulation.broker import Broker
from todo_project.simulation.chaos import CALM, Clock, Interceptor, Rates
from todo_project.simulation.probes import PROBES, Probe, probes
from todo_project.simulation.watch import Watch

USERS = 3


def _consumers() -> Iterator[ConsumerSpec]:
    """Yield the consumers of the settings, with pushes to the simulated sockets."""
    for spec in settings.EVENT_CONSUMERS:
        simulated = "todo_project.simulation.sockets.push_to_sockets" if spec.after_commit else None
        yield replace(spec, after_commit=simulated)


class World:
    """One run. `answered` has the ids of tasks whose creation was confirmed to the caller."""

    def __init__(self, seed: int, rates: Rates | None = None) -> None:
        self.seed = seed
        self.random = Random(seed)  # noqa: S311 - random numbers that must repeat
        self.rates = rates or Rates.draw(self.random)
        self.clock = Clock()
        self.broker = Broker(self.random, self.rates.broker)
        self.watch = Watch()
        self.interceptor = Interceptor(self.random, self.rates)
        self.users = [
            User.objects.create(username=f"user{number}", time_zone=zone)
            for number, zone in zip(range(USERS), ("UTC", "Europe/Madrid", "America/New_York"), strict=True)
        ]
        self.answered: set[int] = set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Use the simulated clock, crash points and consumers inside the block."""
        with (
            transactions.clock(self.clock),
            crash.intercept(self.interceptor),
            patch("django.utils.timezone.now", self.clock),
            override_settings(EVENT_CONSUMERS=(*_consumers(), *PROBES), ALLOWED_HOSTS=["testserver"]),
            self.watch.listening(),
            self._probes(),
        ):
            registry.consumers.cache_clear()
            register_consumers()
            # Code that uses `random` itself (jitter of retries) must repeat as well.
            state = random.getstate()
            random.seed(self.seed)
            try:
                yield
            finally:
                random.setstate(state)
                registry.consumers.cache_clear()

    def stop_faults(self) -> None:
        """Stop all injected failures."""
        self.rates = self.interceptor.rates = CALM
        self.broker.faults = CALM.broker

    def happens(self, share: float) -> bool:
        """Return True with this probability."""
        return share > 0 and self.random.random() < share

    @contextmanager
    def _probes(self) -> Iterator[None]:
        for policy in probes:
            probes[policy] = Probe()
            probes[policy].is_poisonous = lambda: self.happens(self.rates.poison)
        yield
