"""The reference page shows what is read today."""

from .page import PAGE, page


def test_the_page_is_as_the_examples_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tasks_app.tests.language.page"
