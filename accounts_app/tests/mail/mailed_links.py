"""Asking for a mail address, and the links that are mailed, for tests."""

import re

from django.http import HttpResponse
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.operations.mail.outbox import Letter, claim_letter, close_letter
from accounts_app.tests.factories import PASSWORD, signed_in_client

EMAIL = "/api/auth/email/"

CONFIRM = "/api/auth/email/confirm/"

ME = "/api/auth/me/"

NEW = "new@example.org"


def ask(user: User, email: str = NEW, password: str = PASSWORD) -> HttpResponse:
    response: HttpResponse = signed_in_client(user).post(EMAIL, {"email": email, "password": password})
    return response


def code_of(response: HttpResponse) -> str:
    return str(response.json()["code"])  # type: ignore[attr-defined]


def letters() -> list[Letter]:
    """What a sender would send now."""
    found: list[Letter] = []
    while letter := claim_letter():
        close_letter(letter, sent=True)
        found.append(letter)
    return found


def token_in(letter: Letter) -> str:
    [token] = re.findall(r"[\w-]{43}", letter.text.body)
    return str(token)


def mailed_token(user: User, email: str = NEW) -> str:
    assert ask(user, email).status_code == 202
    return token_in(letters()[-1])


def register(username: str, email: str) -> HttpResponse:
    body = {"username": username, "password": PASSWORD, "email": email}
    response: HttpResponse = APIClient().post("/api/auth/register/", body)
    return response


def confirm(token: str) -> HttpResponse:
    response: HttpResponse = APIClient().post(CONFIRM, {"token": token})
    return response
