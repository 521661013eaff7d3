"""The base class of operators' commands: examples in `--help`, `--json`, progress, exit codes.

Exit codes: 0 ok, 1 failed, 2 wrong usage or settings, 3 degraded.
"""

import json
import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping
from enum import IntEnum
from inspect import cleandoc
from time import monotonic
from typing import Any, ClassVar, NoReturn

from django.core.management.base import BaseCommand, CommandParser

PROGRESS_SECONDS = 0.5


class Exit(IntEnum):
    """The exit code of a command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    DEGRADED = 3


def whole_number_from(low: int, high: int) -> Callable[[str], int]:
    """Return the type of an option that takes whole numbers from `low` to `high`."""

    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise ArgumentTypeError(f"{value!r} is no whole number from {low} to {high}")
        return int(value)

    return parse


port_number = whole_number_from(1, 65535)


class OperatorCommand(BaseCommand):
    """A command that prints lines for people, or with `--json` one object per line, and exits with an Exit.

    A subclass has `help`, a docstring with the details, `examples`, `add_options` and `run`.
    """

    examples: ClassVar[str] = ""
    requires_system_checks: list[str] = []
    as_json = False
    _progress_at = float("-inf")
    _has_progress = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return a parser whose help ends with the docstring and the examples, with their line breaks."""
        description = cleandoc(type(self).__doc__ or "")
        epilog = f"{description}\n\nexamples:\n{self.examples.rstrip()}" if self.examples else description
        parser = super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, epilog=epilog, **kwargs
        )
        if getattr(self, "_called_from_command_line", False):

            def refuse(message: str) -> NoReturn:
                self.refuse(f"{message}; see `manage.py {subcommand} --help`.")

            parser.error = refuse  # type: ignore[method-assign] # one sentence instead of the usage and a sentence
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare `--json`, then the command's own options."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object per line")
        self.add_options(parser)

    def add_options(self, parser: CommandParser) -> None:
        """Declare the command's own arguments."""

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Do the work and return the exit code."""
        raise NotImplementedError

    def handle(self, *_args: Any, **options: Any) -> None:
        """Call `run` and exit with its code."""
        self.as_json = options["as_json"]
        code = self.run(options)
        self._end_progress()
        if code is not Exit.OK:
            sys.exit(code)

    def say(self, text: str, **fields: object) -> None:
        """Print `text`; with `--json` print the fields, or the text if there are none."""
        self._end_progress()
        line = fields or {"message": text}
        self.stdout.write(json.dumps(line, default=str) if self.as_json else text)
        self.stdout.flush()

    def progress(self, describe: Callable[[], str]) -> None:
        """Show progress on a terminal, at most every half second; `describe` is called only when it is shown."""
        if self.as_json or not self.stdout.isatty() or monotonic() < self._progress_at:
            return
        self._progress_at = monotonic() + PROGRESS_SECONDS
        self._has_progress = True
        self.stdout.write(f"\r\x1b[K{describe()}", ending="")
        self.stdout.flush()

    def refuse(self, sentence: str, code: Exit = Exit.USAGE) -> NoReturn:
        """Print one sentence on standard error and exit."""
        self._end_progress()
        self.stderr.write(f"todo: {sentence}")
        sys.exit(code)

    def _end_progress(self) -> None:
        if self._has_progress:
            self._has_progress = False
            self.stdout.write("\r\x1b[K", ending="")
