"""How gunicorn is set up by the options of the commands."""

from todo_project.web.server import WebOptions, WebServer


def options(**more: int) -> WebOptions:
    return WebOptions(host="127.0.0.1", port=8000, processes=1, threads=4, **more)  # type: ignore[arg-type]


def test_an_idle_connection_is_kept_as_long_as_the_load_balancer_needs() -> None:
    assert WebServer(options()).cfg.keepalive == 75
    assert WebServer(options(keepalive_seconds=620)).cfg.keepalive == 620
