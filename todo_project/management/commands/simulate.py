"""`manage.py simulate`: runs the simulator on one seed after the other."""

from collections.abc import Mapping
from secrets import randbelow
from typing import Any

from django.core.management.base import CommandParser

from events_app.operating.commands import Exit, OperatorCommand
from events_app.runtime.stop_flag import StopFlag
from todo_project.simulation.database import empty_database
from todo_project.simulation.runner import STEPS, SeedOutcome, run_seeds


class Command(OperatorCommand):
    """Run the real event core from seeds, with crashes and failures of all kinds, on a database in memory.

    A failing seed is printed with the calls of the users concerned and the last steps; `--seed` replays it exactly.
    Add such a seed to todo_project/tests/simulation/seeds.txt: the test suite runs it from then on.
    """

    help = "Run the seeded simulator until Ctrl-C; a failing seed is printed."
    examples = "  manage.py simulate\n  manage.py simulate --seed 42 --seconds 1"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, metavar="N", help="the first seed; default: random")
        parser.add_argument(
            "--seconds", type=float, default=float("inf"), metavar="S", help="run for so many seconds"
        )
        parser.add_argument(
            "--steps", type=int, default=STEPS, metavar="N", help=f"steps of a seed (default {STEPS})"
        )

    def run(self, options: Mapping[str, Any]) -> Exit:
        stop = StopFlag().listen()
        first = options["seed"] if options["seed"] is not None else randbelow(2**31)
        done: list[SeedOutcome] = []
        with empty_database() as snapshot:
            for outcome in run_seeds(first, snapshot, seconds=options["seconds"], steps=options["steps"]):
                done.append(outcome)
                self._print_outcome(outcome)
                self.progress(lambda: f"{len(done)} seeds, {_speed(done):.0f} steps/s")
                if stop.is_set():
                    break
        failed = sum(bool(outcome.failures) for outcome in done)
        summary = {
            "first": first,
            "seeds": len(done),
            "failed": failed,
            "steps_per_second": round(_speed(done)),
        }
        self.say(f"seeds {first} to {done[-1].seed}: {failed} failed, {_speed(done):.0f} steps/s", **summary)
        return Exit.FAILED if failed else Exit.OK

    def _print_outcome(self, outcome: SeedOutcome) -> None:
        if not outcome.failures:
            return
        self.say(
            outcome.report(),
            seed=outcome.seed,
            failures=outcome.failures,
            story=outcome.story,
            trace=outcome.trace,
        )


def _speed(done: list[SeedOutcome]) -> float:
    return sum(outcome.steps for outcome in done) / sum(outcome.seconds for outcome in done)
