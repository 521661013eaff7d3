"""Titles in which words and numbers only look like dates: books, films, songs, names, addresses, versions."""

from tasks_app.language import read

from .cases import clock, titles


def test_there_are_more_than_three_hundred() -> None:
    assert len(titles()) > 300
    assert len(set(titles())) == len(titles())


def test_a_title_without_a_date_reads_nothing() -> None:
    for title in titles():
        reading = read(title, clock())
        assert (reading.title, reading.chips, reading.problems) == (title.strip(), (), ()), title
        assert reading.fields == {"title": title.strip()}, title
