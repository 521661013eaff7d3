"""The secret key of an installation without `TODO_SECRET_KEY`."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from todo_project.installation.private_files import PRIVATE_FOLDER
from todo_project.settings.env import EnvError


def read_or_create_secret_key(data_dir: Path) -> str:
    """Return the key in `data_dir/secret_key`; create the file with mode 0600 on first use.

    Two processes that start at the same time use one key: the first that links the file wins. Raises EnvError when
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
    except OSError:
        # A file system without hard links: of two processes at the same time the later one wins.
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
