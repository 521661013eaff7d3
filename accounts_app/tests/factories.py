"""Users and their clients, for tests of every app."""

from itertools import count

from django.conf import settings
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.operations.sign_ins.families import begin_family

PASSWORD = "correct horse battery staple"
_numbers = count(1)


def make_user(
    username: str | None = None, *, password: str = PASSWORD, email: str = "", **fields: object
) -> User:
    """Insert a user, whose address is verified; `fields` are preferences or other columns of User."""
    name = username or f"user{next(_numbers)}"
    verified = {"email_verified_at": timezone.now()} if email else {}
    return User.objects.create_user(name, email, password, **{**verified, **fields})


def signed_in_client(user: User) -> APIClient:
    """Return a client that sends a fresh access token of `user`; its credential is real."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {begin_family(user).access}")
    return client


def browser_of(user: User) -> Client:
    """Return a browser in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    return client


def session_key_of(browser: Client) -> str:
    """Return what the browser's session cookie holds."""
    return str(browser.cookies[settings.SESSION_COOKIE_NAME].value)
