"""Scenes in a page of a real browser: the modules of the client, alone or with tabs around a server in memory."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route

from web_app.tests.browser import serve_modules

FOLDER = Path(__file__).parent
VECTORS = FOLDER / "vectors"
WORLD = FOLDER / "world.js"
EMPTY_PAGE = "http://localhost:9/"  # a secure context, as locks need it; no request leaves the browser


def serve_scenes(page: Page) -> None:
    """Answer all that a page asks for from the files of the app and of its tests."""
    page.route("**/*", serve_modules)
    page.route("**/tests/world.js", serve_world)


def serve_world(route: Route) -> None:
    route.fulfill(body=WORLD.read_text(), content_type="text/javascript")


def call(page: Page, module: str, script: str, value: Any = None) -> Any:
    """Run an expression over the exports `m` of a module and a value `v`."""
    return page.evaluate(
        f"async (v) => {{ const m = await import('/web/{module}'); return {script.strip()}; }}", value
    )


def play(page: Page, script: str, value: Any = None) -> Any:
    """Run a script with the exports of the world, a new server and a value `v`, in a page of its own."""
    page.goto(EMPTY_PAGE)
    return page.evaluate(
        f"""async (v) => {{
          const w = await import("/tests/world.js");
          const {{Server, connect, tab, live, pair, kill, until, mutation, addMany, hold, titles, writes}} = w;
          await w.forgetEverything();
          const server = new Server();
          connect(server);
          {script}
        }}""",
        value,
    )
