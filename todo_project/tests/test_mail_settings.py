import pytest

from todo_project.settings.env import EnvError, load
from todo_project.settings.mail import mail_settings, refuse_mail_without_links


def settings_for(url: str) -> dict[str, object]:
    return mail_settings(load({"TODO_EMAIL_URL": url}))


def test_without_a_url_mail_is_printed() -> None:
    assert settings_for("") == {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}


def test_a_url_says_where_and_as_whom() -> None:
    found = settings_for("smtps://me%40example.org:s%2Fecret@mail.example.org")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_SSL"]) == (
        "mail.example.org",
        465,
        True,
    )
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("me@example.org", "s/ecret")


@pytest.mark.parametrize(("port", "starts_tls"), [(587, True), (25, False)])
def test_the_submission_port_begins_with_starttls(port: int, starts_tls: bool) -> None:
    assert settings_for(f"smtp://mail.example.org:{port}")["EMAIL_USE_TLS"] is starts_tls


@pytest.mark.parametrize(
    ("url", "starts_tls"),
    [
        ("smtp://me:secret@mail.example.org", True),
        ("smtp://me:secret@mail.example.org:2525", True),
        ("smtp://:secret@192.0.2.7:25", True),
        ("smtp://me:secret@localhost:1025", False),
        ("smtp://me:secret@127.0.0.1", False),
        ("smtp://me:secret@[::1]", False),
        ("smtp://mail.example.org", False),
        ("smtps://me:secret@mail.example.org", False),
    ],
)
def test_a_password_never_leaves_the_machine_in_clear(url: str, starts_tls: bool) -> None:
    found = settings_for(url)
    assert found["EMAIL_USE_TLS"] is starts_tls
    assert found["EMAIL_USE_SSL"] is url.startswith("smtps:")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "mail.example.org",
            "me:secret@mail.example.org",
            "https://me:secret@mail.example.org",
            "smtp:///nowhere",
        ),
        *("smtp://me:secret@mail.example.org:99999", "smtp://me:12:secret#@mail.example.org"),
        "smtp://me:secret@mail.example.org\n",
    ],
)
def test_another_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(EnvError, match="TODO_EMAIL_URL must be") as refused:
        settings_for(url)
    assert url not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_in_production_mail_needs_an_address_for_its_links() -> None:
    mail = {"TODO_EMAIL_URL": "smtps://mail.example.org"}
    with pytest.raises(EnvError, match="TODO_BASE_URL must be set"):
        refuse_mail_without_links(load(mail))
    refuse_mail_without_links(load({**mail, "TODO_BASE_URL": "https://todo.example.org"}))
    refuse_mail_without_links(load({}))


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://todo.example.org",
            "http://192.0.2.7:8000",
            "https:///email",
            "https://me:secret@todo.example.org",
        ),
        *("https://todo.example.org/?next=", "https://todo.example.org/#top"),
    ],
)
def test_in_production_links_of_mails_are_read_by_nobody_on_the_way(url: str) -> None:
    mail = {"TODO_EMAIL_URL": "smtps://mail.example.org"}
    with pytest.raises(EnvError, match="TODO_BASE_URL must") as refused:
        refuse_mail_without_links(load({**mail, "TODO_BASE_URL": url}))
    assert "secret@" not in str(refused.value)
    refuse_mail_without_links(load({**mail, "TODO_BASE_URL": "http://localhost:8000"}))
    refuse_mail_without_links(load({**mail, "TODO_BASE_URL": "https://example.org/todo"}))


@pytest.mark.parametrize(
    "url", ["todo.example.org", "javascript:alert(1)", "ftp://todo.example.org", "https://x:y", "https://x\n"]
)
def test_links_begin_with_a_url(url: str) -> None:
    with pytest.raises(EnvError, match="TODO_BASE_URL"):
        load({"TODO_BASE_URL": url})
