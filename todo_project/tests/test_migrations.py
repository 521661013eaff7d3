"""A migration that was released never changes: databases that ran it would differ from new ones for ever."""

from hashlib import sha256
from pathlib import Path

from django.conf import settings

from devstack.schema_file import SCHEMA_PATH

ROOT = Path(settings.BASE_DIR)
# As `sha256sum` writes it, in order of the paths; `sha256sum --check` in the root of the project reads it too.
FROZEN = Path(__file__).with_name("migrations.sha256")


def lines() -> dict[str, str]:
    """The line of each migration that there is, by path."""
    paths = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*_app/migrations/[0-9]*.py"))
    return {path: f"{sha256((ROOT / path).read_bytes()).hexdigest()}  {path}" for path in paths}


def frozen() -> dict[str, str]:
    return {line.split()[1]: line for line in FROZEN.read_text().splitlines()}


def test_no_migration_that_was_released_has_changed_or_gone() -> None:
    there, kept = lines(), frozen()
    changed = [path for path in kept if there.get(path) != kept[path]]
    assert not changed, f"Put these back as they were, and add a new migration for what you want: {changed}"


def test_every_migration_is_frozen() -> None:
    there, kept = lines(), frozen()
    new = "\n".join(there[path] for path in there if path not in kept)
    assert not new, (
        f"Once a new migration is as it shall stay, put its line into {FROZEN.name}, in order:\n{new}"
    )


def test_they_are_kept_in_order_each_once() -> None:
    kept = FROZEN.read_text().splitlines()
    assert [line.split()[1] for line in kept] == sorted(frozen())
    assert len(kept) > 10


def test_new_databases_get_every_migration_of_ours_from_one_file() -> None:
    schema = SCHEMA_PATH.read_text()
    app_and_name = {path: (path.split("/")[0], Path(path).stem) for path in lines()}
    missing = [path for path, (app, name) in app_and_name.items() if f"'{app}', '{name}'," not in schema]
    assert not missing, f"Run `python -m devstack.schema_file`; {SCHEMA_PATH.name} lacks {missing}"
