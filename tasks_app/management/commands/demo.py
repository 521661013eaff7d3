"""Demonstration data for one user."""

import gc
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any

from django.core.management.base import CommandParser

from accounts_app.models import User
from accounts_app.preferences.zones import is_zone
from events_app.operating.commands import Exit, OperatorCommand
from foundation.database.sessions import keep_pages
from tasks_app.models import DemoRun
from tasks_app.operations.demo.people import demo_account, make_demo, remove_demo

MOST = 1_000_000


class Command(OperatorCommand):
    """Create plausible tasks for one user, in bulk and with all their events, or remove exactly these tasks.

    Some recur, some are overdue or done; they have all priorities and tags, and the reminder of one fires after a
    minute. The same seed gives the same tasks; repeating adds what is missing. A missing account is created, and its
    password is printed once. `--remove` keeps what the user created; an account that was created for the demo is
    closed, since its history stays. Both may be interrupted, and continue where they stopped.
    """

    help = "Make demonstration data for one user, or remove it."
    examples = (
        "  manage.py demo\n"
        "  manage.py demo --tasks 100000 --seed 7 --user anna --time-zone Europe/Madrid\n"
        "  manage.py demo --remove --user anna"
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--tasks", type=int, default=200, metavar="N", help="how many (default 200)")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="which ones (default 1)")
        parser.add_argument("--user", default="demo", metavar="NAME", help="whose (default demo)")
        parser.add_argument("--time-zone", default="UTC", metavar="ZONE", help="of an account that is made")
        parser.add_argument("--remove", action="store_true", help="take away what this command made")

    def run(self, options: Mapping[str, Any]) -> Exit:
        if options["remove"]:
            return self._remove(options["user"])
        if not 1 <= options["tasks"] <= MOST:
            self.refuse(f"Ask for 1 to {MOST:,} tasks.")
        if not is_zone(options["time_zone"]):
            self.refuse(f"{options['time_zone']} is not the name of a time zone.")
        if not 0 <= options["seed"] < 2**63:
            self.refuse("A seed is a number from 0 on.")
        return self._make(options)

    def _make(self, options: Mapping[str, Any]) -> Exit:
        user, password = demo_account(options["user"], time_zone=options["time_zone"])
        if password is not None:
            self.say(
                f"The account {user.username} has the password {password} (it is not shown again).",
                user=user.username,
                password=password,
            )
        before = (
            DemoRun.objects.filter(owner=user, seed=options["seed"]).values_list("made", flat=True).first()
        )
        made = make_demo(user, tasks=options["tasks"], seed=options["seed"], made_owner=password is not None)
        total, seconds = self._follow(made, "made")
        count = max(0, total - (before or 0))
        self.say(
            f"{count:,} tasks made for {user.username} in {seconds:.1f} s ({count / seconds:,.0f} a second).",
            user=user.username,
            made=count,
            seconds=round(seconds, 3),
        )
        return Exit.OK

    def _remove(self, username: str) -> Exit:
        user = User.objects.find_by_name(username)
        if user is None or not DemoRun.objects.filter(owner=user).exists():
            self.refuse(f"There is no demo of {username}.", Exit.FAILED)
        removed, seconds = self._follow(remove_demo(user), "removed")
        self.say(
            f"{removed:,} tasks of {username} removed in {seconds:.1f} s.",
            user=username,
            removed=removed,
            seconds=round(seconds, 3),
        )
        return Exit.OK

    def _follow(self, work: Iterator[int], word: str) -> tuple[int, float]:
        began, count = perf_counter(), 0
        # Frozen, so that the garbage collector skips the loaded modules each time it runs.
        gc.freeze()
        keep_pages(mebibytes=64)
        try:
            for count in work:
                self.progress(lambda: f"{count:,} {word}, {count / (perf_counter() - began):,.0f} a second")  # noqa: B023
        finally:
            gc.unfreeze()
        return count, max(perf_counter() - began, 0.001)
