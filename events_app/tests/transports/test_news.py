"""A process asks the database only about streams that a message says have moved on."""

from events_app.transports.news import News
from events_app.transports.wakeups import Wakeup


def test_what_was_stored_is_no_news_and_what_failed_still_is() -> None:
    news = News()
    told = [Wakeup("user:1", 3), Wakeup("user:1", 2), Wakeup("user:2", 1)]
    assert news.fresh(told) == news.fresh(told) == {"user:1": 3, "user:2": 1}
    news.keep({"user:1": 3})
    assert news.fresh(told) == {"user:2": 1}
    assert news.fresh([Wakeup("user:1", 4)]) == {"user:1": 4}


def test_a_number_beyond_the_head_hides_nothing_later() -> None:
    news = News()
    assert news.fresh([Wakeup("user:1", 2**62)]) == {"user:1": 2**62}
    news.keep({"user:1": 7})  # the head
    assert news.fresh([Wakeup("user:1", 8)]) == {"user:1": 8}


def test_another_epoch_begins_anew() -> None:
    news = News()
    news.fresh([Wakeup("user:1", 9, "before")])
    news.keep({"user:1": 9})
    assert news.fresh([Wakeup("user:1", 5, "before")]) == {}
    assert news.fresh([Wakeup("user:1", 5, "after")]) == {"user:1": 5}


def test_it_forgets_the_streams_that_moved_first() -> None:
    news = News(max_streams=2)
    for key in ("a", "b", "a", "c"):
        news.keep({key: 1})
    assert news.fresh([Wakeup(key, 1) for key in "abc"]) == {"b": 1}
