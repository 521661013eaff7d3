"""The keys of an installation without `TODO_SECRET_KEY`, `TODO_AUDIT_KEYS` and `TODO_VAPID_PRIVATE_KEY`."""

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from todo_project.installation.private_files import PRIVATE_FOLDER
from todo_project.settings.env import EnvError
from todo_project.settings.variables import P256_ORDER, parse_audit_keys, parse_push_key


def read_or_create_secret_key(data_dir: Path) -> str:
    """Return the key in `data_dir/secret_key`; create the file with mode 0600 on first use.

    Two processes that start at the same time use one key: the first that links the file wins. Raises EnvError when
    the folder cannot be used.
    """
    return _read_or_create(data_dir / "secret_key", get_random_secret_key)


def read_or_create_audit_keys(data_dir: Path) -> tuple[str, ...]:
    """Return the keys in `data_dir/audit_keys`, which has the form of `TODO_AUDIT_KEYS`; create it like the secret key.

    Raises EnvError when the folder cannot be used, or the file has another form.
    """
    text = _read_or_create(data_dir / "audit_keys", lambda: f"1:{secrets.token_hex(32)}")
    try:
        return parse_audit_keys(text)
    except ValueError as error:
        raise EnvError(f"The file audit_keys in TODO_DATA_DIR={data_dir} {error}.") from None


def read_or_create_push_key(data_dir: Path) -> str:
    """Return the key in `data_dir/push_key`, of the form of `TODO_VAPID_PRIVATE_KEY`; create it like the secret key.

    Browsers that subscribed under another key get nothing any more until they subscribe again. Raises EnvError when
    the folder cannot be used, or the file has another form.
    """
    text = _read_or_create(data_dir / "push_key", _make_push_key)
    try:
        return parse_push_key(text)
    except ValueError as error:
        raise EnvError(f"The file push_key in TODO_DATA_DIR={data_dir} {error}.") from None


def _make_push_key() -> str:
    number = 1 + secrets.randbelow(P256_ORDER - 1)
    return urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode("ascii")


def _read_or_create(path: Path, make: Callable[[], str]) -> str:
    try:
        if not path.exists():
            _create(path, make())
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise EnvError(f"TODO_DATA_DIR={path.parent} cannot be used: {error.strerror}.") from None


def _create(path: Path, text: str) -> None:
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:
        # A file system without hard links: of two processes at the same time the later one wins.
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
