"""The shell, the forms before it, and the two files at the root: what every browser gets, and what nobody does."""

import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from todo_project.settings.env import load
from web_app import assets

pytestmark = pytest.mark.django_db
without_page = override_settings(ROOT_URLCONF="todo_project.tests.page.urls_without_page", WEB_CLIENT=False)
PASSWORD = "correct horse 9"


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def token_of(client: Client, path: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(path).content.decode())
    assert found
    return found[1]


def send(client: Client, path: str, **fields: str) -> HttpResponse:
    answer: HttpResponse = client.post(path, {"csrfmiddlewaretoken": token_of(client, path), **fields})  # type: ignore[assignment]
    return answer


def test_the_page_is_on_unless_it_is_turned_off(client: Client) -> None:
    assert load({}).web_client == "on"
    answer = client.get("/")
    assert answer["Content-Type"].startswith("text/html")
    assert b"<app-shell>" in answer.content
    assert answer["Link"] == '</api/docs>; rel="service-doc"'


@without_page
def test_without_the_page_the_root_leads_to_the_documentation(client: Client) -> None:
    assert client.get("/")["Location"] == "/api/docs/"
    for path in ("/sign-in", "/sign-up", "/app/today", "/manifest.webmanifest"):
        assert client.get(path).status_code == 404, path


@without_page
def test_without_the_page_the_worker_removes_itself(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert b"unregister()" in answer.content
    assert b"addAll" not in answer.content


@pytest.mark.parametrize("path", ["/", "/app/today", "/app/all/", "/app/tag/home", "/app/priority/high"])
def test_the_shell_is_small_and_the_same_for_everybody(client: Client, path: str) -> None:
    anonymous = client.get(path)
    client.force_login(make_user("ada"))
    assert anonymous.status_code == 200
    assert client.get(path).content == anonymous.content
    assert b"ada" not in anonymous.content
    assert b"csrf" not in anonymous.content
    assert len(anonymous.content) <= 6 * 1024


@pytest.mark.parametrize(
    "path", ["/app/", "/app/nothing", "/app/priority/none", "/app/task/x", "/app/today/x", "/apps"]
)
def test_a_screen_that_is_not_listed_is_404(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/sign-in", "/sign-up"])
def test_the_policy_lets_own_files_and_exactly_the_import_map_run(client: Client, path: str) -> None:
    answer = client.get(path, HTTP_HOST="testserver")
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["connect-src"] == "'self' ws://testserver"
    assert "unsafe" not in answer["Content-Security-Policy"]
    digest = b64encode(sha256(assets.import_map().encode()).digest()).decode()
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", answer.content.decode(), re.DOTALL)
    assert inline == ([assets.import_map()] if path == "/" else [])


def test_making_an_account_signs_in_and_keeps_the_zone(client: Client) -> None:
    answer = send(client, "/sign-up", username="ada", password=PASSWORD, time_zone="Asia/Tokyo")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    session = client.get("/api/auth/session/").json()
    assert session["user"]["username"] == "ada"
    assert session["user"]["time_zone"] == "Asia/Tokyo"
    assert session["csrf_token"]


@pytest.mark.parametrize(("shared", "ends_with_browser"), [("", False), ("on", True)])
def test_an_account_made_on_a_device_of_others_is_forgotten_by_it(
    client: Client, shared: str, ends_with_browser: bool
) -> None:
    answer = send(client, "/sign-up", username="ada", password=PASSWORD, shared=shared)
    assert (answer.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == "") is ends_with_browser


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"username": "", "password": PASSWORD}, "This field is required"),
        ({"username": "a b<script>", "password": PASSWORD}, "a b&lt;script&gt;"),
        ({"username": "ada", "password": "123"}, "too short"),
        ({"username": "Taken", "password": PASSWORD}, "taken"),
        ({"username": "x" * 500, "password": PASSWORD}, "at most"),
        ({"username": "ada", "password": "p" * 5000}, "at most"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_said_at_its_field(
    client: Client, fields: dict[str, str], says: str
) -> None:
    make_user("taken")
    answer = send(client, "/sign-up", **fields)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert "<script>" not in answer.content.decode()
    assert User.objects.count() == 1


def test_where_registration_is_closed_nobody_makes_an_account(client: Client) -> None:
    token = token_of(client, "/sign-up")
    assert b"Make an account" in client.get("/sign-in").content
    with override_settings(REGISTRATION="closed"):
        body = {"csrfmiddlewaretoken": token, "username": "ada", "password": PASSWORD}
        assert [client.get("/sign-up").status_code, client.post("/sign-up", body).status_code] == [403, 403]
        assert b"Make an account" not in client.get("/sign-in").content
    assert not User.objects.exists()


def test_a_zone_that_is_none_is_utc(client: Client) -> None:
    send(client, "/sign-up", username="ada", password=PASSWORD, time_zone="Mars/Olympus")
    assert User.objects.get().time_zone == "UTC"


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/app/all", "/app/all"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("javascript:1", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_back_to_an_own_page_only(client: Client, target: str, lands: str) -> None:
    make_user("ada", password=PASSWORD)
    answer = send(client, "/sign-in", username="ada", password=PASSWORD, next=target)
    assert (answer.status_code, answer["Location"]) == (302, lands)


def test_a_wrong_password_says_so_and_many_are_429(client: Client) -> None:
    make_user("ada", password=PASSWORD)
    answers = [send(client, "/sign-in", username="ada", password="wrong") for _ in range(11)]
    assert b"Please enter a correct username" in answers[0].content
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"]


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up"])
def test_a_form_of_another_page_is_refused(client: Client, path: str) -> None:
    assert client.post(path, {"username": "ada", "password": PASSWORD}).status_code == 403


def test_the_worker_names_every_file_of_the_page(client: Client) -> None:
    script = client.get("/sw.js").content.decode()
    kept = json.loads(script.partition("\n")[0].removeprefix("const PRECACHE = ").removesuffix(";"))
    assert kept["build"] == assets.build()
    assert kept["shell"] == "/"
    for name in (assets.ENTRY, "web/el/keys-help.js", "web/css/list.css", *assets.BARE_NAMES.values()):
        assert assets.static_url(name) in kept["files"]
    assert not [url for url in kept["files"] if url.startswith("/api/")]


def test_the_manifest_can_be_installed(client: Client) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["id"], manifest["start_url"], manifest["display"]) == ("/", "/", "standalone")
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    assert "maskable" in {icon.get("purpose") for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        assert (assets.STATIC / icon["src"].removeprefix("/static/")).is_file()
    for address in (*(each["url"] for each in manifest["shortcuts"]), manifest["share_target"]["action"]):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("is_on", [True, False])
def test_answers_of_the_api_name_the_build_of_the_page(client: Client, is_on: bool) -> None:
    with override_settings(WEB_CLIENT=is_on):
        found = [client.get(path).get("X-Todo-Build") for path in ("/api/tasks/", "/api/nothing", "/livez")]
    assert found == [assets.build(), assets.build(), None] if is_on else [None, None, None]


@pytest.mark.parametrize(("fields", "lasts"), [({}, True), ({"shared": "on"}, False)])
def test_a_device_of_others_forgets_who_signed_in_when_its_browser_is_closed(
    client: Client, fields: dict[str, str], lasts: bool
) -> None:
    make_user("ada", password=PASSWORD)
    answer = send(client, "/sign-in", username="ada", password=PASSWORD, **fields)
    assert bool(answer.cookies["sessionid"]["max-age"]) is lasts
    assert client.session.get_expire_at_browser_close() is not lasts
