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


@pytest.mark.parametrize("url", ["mail.example.org", "https://me:secret@mail.example.org", "smtp:///nowhere"])
def test_another_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(EnvError, match="TODO_EMAIL_URL must be") as refused:
        settings_for(url)
    assert url not in str(refused.value)


def test_in_production_mail_needs_an_address_for_its_links() -> None:
    mail = {"TODO_EMAIL_URL": "smtps://mail.example.org"}
    with pytest.raises(EnvError, match="TODO_BASE_URL must be set"):
        refuse_mail_without_links(load(mail))
    refuse_mail_without_links(load({**mail, "TODO_BASE_URL": "https://todo.example.org"}))
    refuse_mail_without_links(load({}))


@pytest.mark.parametrize(
    "url", ["todo.example.org", "javascript:alert(1)", "ftp://todo.example.org", "https://x:y"]
)
def test_links_begin_with_a_url(url: str) -> None:
    with pytest.raises(EnvError, match="TODO_BASE_URL"):
        load({"TODO_BASE_URL": url})
