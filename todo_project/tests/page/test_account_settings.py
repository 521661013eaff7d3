"""Settings of the account: another mail address, and the second factor from its key to its end."""

import base64
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import zxingcpp
from playwright.sync_api import Browser, expect

from accounts_app.credentials.one_time_codes import code_at
from todo_project.tests.page.people import PASSWORD, add, all_is_sent, is_live, works_offline
from todo_project.tests.page.test_more_screens import Owner, go
from todo_project.tests.page.test_screens import faults, look
from web_app.tests.browser import Watched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
GREY = """async (png) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const {data} = canvas.getImageData(0, 0, image.width, image.height);
  return [image.width, [...data].filter((_, at) => at % 4 === 1)];
}"""


def test_another_mail_address_waits_for_its_link(browser: Browser, url: str) -> None:
    ada = Owner(browser, url)
    page = ada.first
    go(page, "settings")
    form = page.locator("settings-address")
    form.get_by_label("New mail address").fill("ada@example.org")
    form.get_by_label("Present password").fill("wrong")
    form.get_by_role("button", name="Send a link").click()
    expect(form.get_by_label("Present password")).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#address-password-why")).to_have_text("This is not your password.")
    form.get_by_label("Present password").fill(PASSWORD)
    form.get_by_role("button", name="Send a link").click()
    expect(form).to_contain_text("A link is on its way to ada@example.org.")
    expect(form).to_contain_text("Until somebody opens the link in the mail to ada@example.org")
    assert ada.call("GET", "/api/auth/me/")["pending_email"] == "ada@example.org"
    expect(form.get_by_role("button", name="Remove the address")).to_have_count(0)
    assert faults(page) == []
    ada.context.close()


def test_a_second_factor_is_turned_on_asked_for_and_turned_off(
    browser: Browser, url: str, tmp_path: Any
) -> None:
    person = Owner(browser, url)
    page = person.first
    go(page, "settings")
    factor = page.locator("settings-factor")
    factor.get_by_role("button", name="Turn it on").click()
    expect(factor.get_by_label("Code that it shows")).to_be_focused()
    uri = str(factor.get_by_role("link", name="Open in an authenticator").get_attribute("href"))
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        [found] = zxingcpp.read_barcodes(picture_of(factor.get_by_role("img")))
        assert found.text == uri
    secret = factor.locator("code").inner_text().replace(" ", "")
    assert f"secret={secret}" in uri
    assert faults(page) == []
    look(page, "factor", tmp_path)
    factor.get_by_label("Code that it shows").fill("000000")
    factor.get_by_role("button", name="Confirm").click()
    expect(factor.locator("#factor-code-why")).to_contain_text("This code is wrong")
    factor.get_by_label("Code that it shows").fill(code_at(secret, datetime.now(UTC)))
    page.keyboard.press("Enter")
    codes = factor.locator(".made code")
    expect(codes).to_have_count(10)
    assert faults(page) == []
    look(page, "factor-codes", tmp_path)
    first, second = codes.all_inner_texts()[:2]
    with page.expect_download() as saved:
        factor.get_by_role("link", name="Save as a file").click()
    assert saved.value.path().read_text().split("\n")[:2] == [first, second]
    factor.get_by_role("button", name="I have kept them").click()
    expect(factor).to_contain_text("10 recovery codes are left.")
    assert first not in page.content()

    signs_in_with(Watched(browser, url), person.name, first)
    factor.get_by_text("Turn it off").first.click()
    factor.get_by_label("Present password").fill(PASSWORD)
    factor.get_by_label("Code of the authenticator").fill(first)
    factor.get_by_role("button", name="Turn it off").click()
    expect(factor.locator("#factor-code-why")).to_contain_text("This code is wrong")
    assert faults(page) == []
    factor.get_by_label("Code of the authenticator").fill(second)
    factor.get_by_role("button", name="Turn it off").click()
    expect(factor).to_contain_text("The second factor is off.")
    expect(factor.get_by_role("button", name="Turn it on")).to_be_visible()
    assert person.call("GET", "/api/auth/second-factor/")["enabled"] is False
    person.context.close()


def signs_in_with(other: Watched, name: str, code: str) -> None:
    """Another browser is asked for a code after the password, and takes it."""
    form = other.page("/sign-in")
    for typed in ("", code):
        form.fill("[name=username]", name)
        form.fill("[name=password]", PASSWORD)
        if typed:
            form.fill("[name=code]", typed)
        form.click("button[type=submit]")
    is_live(form)
    other.context.close()


def picture_of(image: Any) -> memoryview:
    """What is on the screen at an image, as grey values by rows."""
    page = image.page
    png = base64.b64encode(image.screenshot()).decode()
    width, grey = page.evaluate(GREY, png)
    return memoryview(bytes(grey)).cast("B", (len(grey) // width, width))


def test_diagnostics_say_in_figures_how_this_device_stands(browser: Browser, url: str) -> None:
    ada = Owner(browser, url)
    page = ada.first
    add(page, "Nobody's business", "Another one")
    all_is_sent(page)
    works_offline(page)
    go(page, "settings")
    figures = page.locator("settings-data .diagnostics li")
    expect(figures).to_contain_text(
        [
            re.compile(r"Version\s*[0-9a-f]{6}"),
            re.compile(r"Connection\s*Live · [1-9]"),
            re.compile(r"Storage used\s*[1-9][0-9]* kB"),
            re.compile(r"Messages not understood\s*0"),
        ]
    )
    ada.context.set_offline(True)
    page.evaluate(
        """() => {
          const {engine, actions, store} = document.querySelector('app-shell').app;
          engine.applyFrames([{operation: 'sung', task_id: null, sequence: 0}]);
          actions.toggle([...store.shown.values()][0]);
        }"""
    )
    expect(figures.nth(1)).to_contain_text("Offline (1 waiting)")
    expect(figures.nth(3)).to_contain_text("1")
    expect(page.locator("settings-data")).not_to_contain_text("business")
    ada.context.close()
