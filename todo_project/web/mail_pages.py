"""Pages that links in mails open. A GET changes nothing, because mail scanners follow every link. No script is needed.

The token of a link is in the query, which our log lines never contain. The forms need no CSRF token: an attacker would
have to know the link, and mail providers that send the form for a user have no cookies (RFC 8058).
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts_app.errors import PasswordRefused
from accounts_app.operations.mail.addresses import confirm_email
from accounts_app.operations.passwords.resetting import reset_password
from foundation.http.errors import DomainError
from notifications_app.operations.unsubscribe_links import unsubscribe

# The URL of the page is a secret of its reader. response_headers.py sets the other headers.
MAX_PASSWORD = 1000
HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@dataclass(frozen=True)
class MailPage:
    """The texts of one page, before and after its button is pressed."""

    title: str
    question: str
    button: str
    done: str
    asks_password: bool = False


CONFIRM = MailPage(
    title="Confirm your e-mail address",
    question="Press the button to confirm that this address is yours. From then on your account sends mail to it.",
    button="Confirm the address",
    done="The address is confirmed. You can close this page.",
)

RESET = MailPage(
    title="Set a new password",
    question="Type the password that your account is to have from now on. Whoever is signed in is signed out.",
    button="Set the password",
    done="The password is set. Sign in with it.",
    asks_password=True,
)

UNSUBSCRIBE = MailPage(
    title="No more reminders by mail",
    question="Press the button and reminders come to this address no more. In the application they go on.",
    button="Turn mail off",
    done="Reminders come by mail no more. Your account's settings can turn them on again.",
)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: HttpRequest) -> HttpResponse:
    """Confirm a mail address with the token of a link."""
    return _page(request, CONFIRM, act=confirm_email)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def reset_page(request: HttpRequest) -> HttpResponse:
    """Set a new password with the token of a link; one that is refused may be followed by another."""
    return _page(request, RESET, act=lambda token: reset_password(token, _password_of(request)))


def _password_of(request: HttpRequest) -> str:
    """Return the password of the form; raise PasswordRefused when it was not typed twice alike."""
    password, again = request.POST.get("password", ""), request.POST.get("again", "")
    if password != again:
        raise PasswordRefused("The two passwords differ.")
    return password[:MAX_PASSWORD]


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest) -> HttpResponse:
    """Turn mail off: people press the button, mail programs send the form by themselves (RFC 8058)."""
    return _page(request, UNSUBSCRIBE, act=unsubscribe)


def _page(request: HttpRequest, page: MailPage, *, act: Callable[[str], object]) -> HttpResponse:
    if request.method != "POST":
        return _render(page, text=page.question, button=page.button)
    try:
        act(request.GET.get("token", ""))
    except PasswordRefused as refused:
        reasons = [each.detail for each in refused.errors] or [refused.detail]
        return _render(page, text=" ".join(reasons), button=page.button, status=refused.status)
    except DomainError as refused:
        return _render(page, text=refused.detail, status=refused.status)
    return _render(page, text=page.done)


def _render(page: MailPage, *, text: str, button: str = "", status: int = 200) -> HttpResponse:
    shown = {"title": page.title, "text": text, "button": button, "asks_password": page.asks_password}
    content = render_to_string("mail/page.html", shown)
    return HttpResponse(content, status=status, headers=HEADERS)
