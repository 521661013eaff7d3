"""A sweep with a backlog gets one time slice after the other, and makes progress in each."""

from time import monotonic

import pytest

from events_app.runtime import engine, time_slices
from events_app.runtime.engine import Chore
from events_app.runtime.time_slices import is_time_up, time_slice


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Replace the clock with one that advances with each part of a sweep."""
    now = [0.0]
    monkeypatch.setattr(time_slices, "monotonic", lambda: now[0])
    return now


def test_a_sweep_with_a_backlog_takes_turns_and_comes_back_at_once(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SLICE_SECONDS", 1.0)
    waiting = list(range(10))
    turns: list[str] = []

    def sweep() -> int:
        done = 0
        for each in list(waiting):
            if is_time_up():
                break
            waiting.remove(each)
            clock[0] += 0.4
            done += 1
        turns.append(f"sweep {done}")
        return done

    chores = [
        Chore("sweep", sweep, every_seconds=60),
        Chore("other", lambda: turns.append("other"), every_seconds=0),
    ]
    now = monotonic()
    for _ in range(6):
        for chore in chores:
            chore.run_if_due(now)
        now = monotonic()
    assert turns[:8] == ["sweep 3", "other"] * 3 + ["sweep 1", "other"]
    assert turns.count("sweep 0") == 0
    assert not waiting


def test_the_first_part_of_a_slice_is_always_done(clock: list[float]) -> None:
    with time_slice(1.0) as part:
        clock[0] = 100.0  # finding what is due took this long
        assert [is_time_up(), is_time_up()] == [False, True]
    assert part.was_cut


def test_outside_a_slice_nothing_is_cut_short(clock: list[float]) -> None:
    with time_slice(1.0) as part:
        pass
    clock[0] = 1e9
    assert [is_time_up() for _ in range(3)] == [False] * 3
    assert not part.was_cut
