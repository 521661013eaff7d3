"""The browser is killed while somebody types: what they see after it is what was typed, up to the last moment."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect, sync_playwright

from devstack.testing import require_chromium
from todo_project.tests.page.people import PASSWORD, add, all_is_sent, becomes, edit, is_live
from todo_project.tests.page.profiles import opened, process_of, profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
# Remembers what the page takes for written, and what is in the field.
WATCH = """(() => {
  const {disk} = document.querySelector('app-shell').app;
  const put = disk.putDraft.bind(disk);
  disk.written = "";
  disk.putDraft = async (name, text) => { await put(name, text); disk.written = text; };
})()"""
WRITTEN = "document.querySelector('app-shell').app.disk.written"
LINE = "Letter by letter, without a pause, up to the very end"


def type_until_killed(page: Page, folder: Path) -> tuple[str, str]:
    """Type without a pause until the page has written something, type on, and kill the browser right after a letter.

    Returns all that was typed, and what the page had written when it was asked last.
    """
    page.evaluate(WATCH)
    typed = ""
    while not page.evaluate(WRITTEN):
        typed += LINE[len(typed) % len(LINE)]
        page.keyboard.insert_text(typed[-1])
    for letter in " and more":
        typed += letter
        page.keyboard.insert_text(letter)
    written = page.evaluate(WRITTEN)
    os.kill(process_of(folder), signal.SIGKILL)
    return typed, written


def end(context: BrowserContext) -> None:
    with suppress(Error):  # it is dead
        context.close()


def test_p01_what_was_typed_before_the_browser_was_killed_is_there(tmp_path: Path, url: str) -> None:
    require_chromium()
    with sync_playwright() as playwright:
        context = profile(playwright, tmp_path)
        page = context.new_page()
        page.goto(f"{url}/sign-up")
        page.fill("[name=username]", "killed")
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")
        is_live(page)
        add(page, "Old title")
        all_is_sent(page)
        context.close()  # the browser writes its cookies when it ends, or after half a minute

        context = profile(playwright, tmp_path)
        page = opened(context, url)
        edit(page, "Old title")
        page.keyboard.press("Delete")
        typed, written = type_until_killed(page, tmp_path)
        end(context)

        context = profile(playwright, tmp_path)
        page = opened(context, url)
        title = page.locator("[data-row] .title")
        expect(title).not_to_have_text("Old title")
        assert typed.startswith(title.inner_text().strip())
        assert title.inner_text().startswith(written.strip())
        all_is_sent(page)
        page.locator("quick-add input").focus()
        typed, written = type_until_killed(page, tmp_path)
        end(context)

        context = profile(playwright, tmp_path)
        page = opened(context, url)
        becomes(page, "document.querySelector('quick-add input').value !== ''")
        kept = page.locator("quick-add input").input_value()
        assert typed.startswith(kept)
        assert kept.startswith(written)
        context.close()
