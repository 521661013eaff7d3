"""Users for tests of every app."""

from itertools import count

from accounts_app.models import User

PASSWORD = "correct horse battery staple"
_numbers = count(1)


def make_user(
    username: str | None = None, *, password: str = PASSWORD, email: str = "", **fields: object
) -> User:
    """Insert a user; `fields` are preferences or other columns of User."""
    name = username or f"user{next(_numbers)}"
    return User.objects.create_user(name, email, password, **fields)
