"""Sending the forms of the browsable API in a real browser, as a person does."""

import json
from collections.abc import Mapping
from typing import Any

from todo_project.tests.hostile.chromium import Page

_ANSWER = "document.querySelector('.response-info')"
# The form of a method, by its raw content; the page has one for each method with a body.
_FORM = """[...document.querySelectorAll('form')].find(form => form.querySelector('[name=_content]')
 && {methods}.includes((form.getAttribute('data-method') || form.method).toUpperCase()))"""
_FILL = """(() => {{
    const field = ({form}).querySelector('[name=_content]');
    field.value = JSON.stringify({{...JSON.parse(field.value), ...{body}}});
}})()"""
_SEND = "(({form}).querySelector('[data-method={method}]') || ({form}).querySelector('button')).click()"


def send_form(page: Page, url: str, method: str, body: Mapping[str, object], *, expect: int) -> Any:
    """Open a page, write into its form, send it, and return the JSON of the answer; None for an empty one.

    What the form holds already is left as it is. Fails unless the answer has the status `expect`.
    """
    page.open(url)
    form = _FORM.format(methods=json.dumps(["PUT", "PATCH"] if method == "PATCH" else [method]))
    page.run(_FILL.format(form=form, body=json.dumps(body)))
    return _answer_to(page, _SEND.format(form=form, method=method), expect=expect)


def press_delete(page: Page, url: str) -> None:
    """Open a page, press its button for DELETE, and the one of the question whether that is meant."""
    page.open(url).run("document.querySelector('[data-target=\"#deleteModal\"]').click()")
    page.until("document.querySelector('#deleteModal').classList.contains('in')")
    _answer_to(page, "document.querySelector('#deleteModal [data-method=DELETE] button').click()", expect=204)


def _answer_to(page: Page, script: str, *, expect: int) -> Any:
    page.run(f"{_ANSWER}.dataset.before = 'yes'")
    page.run(script)
    page.until(f"{_ANSWER} && !{_ANSWER}.dataset.before")
    text: str = page.run(f"{_ANSWER}.textContent")
    assert f"HTTP {expect} " in text, text
    _, opening, content = text.partition("{")
    return json.loads(opening + content) if opening else None
