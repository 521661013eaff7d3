"""The secret key of an installation that was not given one."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from todo_project.installation.private_files import PRIVATE_FOLDER
from todo_project.settings.env import EnvError


def read_or_create_secret_key(data_dir: Path) -> str:
    """Return the key in `data_dir/secret_key`, made on first use with mode 0600.

    Two processes that start at once agree on one key: whoever links the file first wins. Raises EnvError when
    the folder cannot be used.
    """
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            _create(path)
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise EnvError(f"TODO_DATA_DIR={data_dir} cannot be used: {error.strerror}.") from None


def _create(path: Path) -> None:
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    draft = path.with_name(f".secret_key.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(get_random_secret_key())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except (
        OSError
    ):  # a file system without links: of two at once the later one wins, and the other is refused
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
