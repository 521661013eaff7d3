"""The page's shell, its sign-in forms, and the two files that browsers want at the root: worker and manifest."""

import json
from typing import Any

from csp.constants import HEADER as CONTENT_POLICY
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from accounts_app.errors import PasswordRefused, RegistrationClosed, UsernameTaken
from accounts_app.models import User
from accounts_app.operations.accounts import demand_open_registration, register_user
from accounts_app.operations.sign_ins.attempts import registration_attempt
from accounts_app.operations.sign_ins.browser_sessions import begin_session
from accounts_app.sessions import AT_CLOSE
from foundation.http.client_addresses import client_address
from web_app import assets
from web_app.csp import page_policy
from web_app.forms import PageSignInForm, SignUpForm


@require_safe
def shell(request: HttpRequest) -> HttpResponse:
    """Answer the shell of the page: the same for everybody, with nothing of anybody's data."""
    context = {
        "import_map": assets.import_map(),
        "modules": assets.preload_urls(),
        "styles": assets.style_urls(),
        "print_style": assets.static_url(assets.PRINT_STYLE),
        "early": assets.static_url(assets.EARLY),
        "entry": assets.static_url(assets.ENTRY),
        "build": assets.build(),
        "icon": assets.static_url("web/icon.svg"),
    }
    response = _with_policy(request, render(request, "web_app/shell.html", context))
    # RFC 8631: programs that come here find the API.
    response["Link"] = f'<{reverse("docs")}>; rel="service-doc"'
    return response


class SignInPage(LoginView):
    """The form with which a person signs in; the limits of attempts are those of the API."""

    template_name = "web_app/sign_in.html"
    authentication_form = PageSignInForm
    redirect_authenticated_user = True
    next_page = "/"

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        more = {
            "is_registration_open": _is_registration_open(),
            "scripts": [assets.static_url("web/sign-in.js")],
        }
        return super().get_context_data(**given, **_form_context("Sign in"), **more)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Begin the session; on a device that others use it ends with the browser."""
        answer = super().form_valid(form)
        if form.cleaned_data["shared"]:
            self.request.session.set_expiry(AT_CLOSE)
        return answer

    def render_to_response(self, context: dict[str, Any], **given: Any) -> HttpResponse:
        response = super().render_to_response(context, **given)
        return _with_policy(self.request, response)


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@never_cache
def sign_up(request: HttpRequest) -> HttpResponse:
    """Answer the form with which a person makes an account and is signed in; 403 where operators make the accounts."""
    demand_open_registration()
    if request.user.is_authenticated:
        return HttpResponseRedirect("/")
    if request.method != "POST":
        return _sign_up_page(request, SignUpForm())
    with registration_attempt(client_address(request)):  # counted before anything of it is read
        form = SignUpForm(request.POST)
        user = _register(form)
    if user is None:
        return _sign_up_page(request, form)
    begin_session(request, user, is_kept=not form.cleaned_data["shared"])
    return HttpResponseRedirect("/")


def _register(form: SignUpForm) -> User | None:
    if not form.is_valid():
        return None
    try:
        return register_user(**form.registration())
    except (UsernameTaken, PasswordRefused) as refused:
        form.show(refused)
        return None


def _sign_up_page(request: HttpRequest, form: SignUpForm) -> HttpResponse:
    scripts = [assets.static_url(name) for name in ("web/zone-guess.js", "web/sign-in.js")]
    context = {"form": form, "scripts": scripts, **_form_context("Make an account")}
    return _with_policy(request, render(request, "web_app/sign_up.html", context))


def _is_registration_open() -> bool:
    try:
        demand_open_registration()
    except RegistrationClosed:
        return False
    return True


def _form_context(heading: str) -> dict[str, Any]:
    icon = assets.static_url("web/icon.svg")
    return {"heading": heading, "styles": assets.form_style_urls(), "icon": icon}


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Answer the service worker with the list of what it keeps; without the page, one that removes itself."""
    name = assets.WORKER if settings.WEB_CLIENT else "web/sw-off.js"
    kept = (
        {"build": assets.build(), "shell": "/", "files": assets.precache_urls()}
        if settings.WEB_CLIENT
        else {}
    )
    script = f"const PRECACHE = {json.dumps(kept)};\n{(assets.STATIC / name).read_text()}"
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    return _with_policy(request, response)


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Answer the web app manifest (https://www.w3.org/TR/appmanifest/)."""
    icons = [
        {"src": assets.static_url("web/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {
            "src": assets.static_url("web/icon-maskable.svg"),
            "sizes": "any",
            "type": "image/svg+xml",
            "purpose": "maskable",
        },
        *(
            {"src": assets.static_url(f"web/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
            for size in (192, 512)
        ),
    ]
    content = {
        "id": "/",
        "name": "Todo",
        "short_name": "Todo",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": icons,
        "shortcuts": [
            {"name": "Today", "url": "/app/today"},
            {"name": "Quick add", "url": "/app/today?add"},
            {"name": "Notifications", "url": "/app/notifications"},
        ],
        # What others share is put into the line that adds a task: https://w3c.github.io/web-share-target/
        "share_target": {
            "action": "/app/today",
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }
    return JsonResponse(content, content_type="application/manifest+json")


def _with_policy(request: HttpRequest, response: Any) -> HttpResponse:
    if hasattr(response, "render"):
        response.render()
    response[CONTENT_POLICY] = page_policy(request)
    result: HttpResponse = response
    return result
