"""The texts of personal access tokens. Pure."""

import re
import secrets
from typing import Final

PREFIX: Final = "todo_pat_"
SHOWN_CHARACTERS: Final = 12
_TEXT: Final = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


def make_text() -> str:
    """Return the text of a new token: the prefix, and 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def has_prefix(text: str) -> bool:
    """Say whether a text shall be read as a personal token rather than as a signed one."""
    return text.startswith(PREFIX)


def is_well_formed(text: str) -> bool:
    """Say whether a token of ours can have this text; any other is refused without asking the database."""
    return _TEXT.fullmatch(text) is not None
