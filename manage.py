#!/usr/bin/env python
"""Django's command line, with the local settings unless others are named."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["healthcheck"]:
        from todo_project.health.healthcheck import run_healthcheck  # noqa: PLC0415 - the only import of this command

        sys.exit(run_healthcheck(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todo_project.settings.local")
    from todo_project.installation.private_files import hide_new_files  # noqa: PLC0415 - before anything can make a file

    hide_new_files(sys.argv)
    from todo_project.cli import run_command  # noqa: PLC0415 - settings first

    run_command(sys.argv)


if __name__ == "__main__":
    main()
