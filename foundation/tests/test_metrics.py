"""The page of metrics: bounded in work, and whole for roles that fork."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, generate_latest

from devstack.paths import REPOSITORY
from foundation import metrics
from foundation.metrics import METRICS_FOLDER_VARIABLE, MetricsPage

# A process that forks one child after the other; each counts, and a gauge says what only lives.
SCRIPT = """
import os
from prometheus_client import Counter, Gauge, Histogram
from foundation.metrics import MetricsPage, metrics_registry
done = Counter("done_total", "Done.", ["kind"], registry=metrics_registry)
seconds = Histogram("seconds", "Taken.", buckets=(1, 2), registry=metrics_registry)
newest = Gauge("newest", "Highest.", ["kind"], multiprocess_mode="max", registry=metrics_registry)
alive = Gauge("alive", "Alive.", multiprocess_mode="livesum", registry=metrics_registry)
for number in (3, 1, 2):
    child = os.fork()
    if not child:
        done.labels("task").inc(number)
        seconds.observe(number - 0.5)
        newest.labels("task").set(number)
        alive.set(1)
        os._exit(0)
    os.waitpid(child, 0)
print(MetricsPage().text())
"""


def test_what_processes_counted_that_have_ended_is_added_up_and_their_files_go(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=REPOSITORY,
        env={**os.environ, METRICS_FOLDER_VARIABLE: str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert 'done_total{kind="task"} 6.0' in lines
    assert 'seconds_bucket{le="1.0"} 1.0' in lines
    assert 'seconds_bucket{le="+Inf"} 3.0' in lines
    assert "seconds_sum 4.5" in lines
    assert 'newest{kind="task"} 3.0' in lines
    assert "alive 0.0" in lines
    of_the_ended = {path.name for path in tmp_path.iterdir() if path.stem.endswith("_0")}
    assert of_the_ended == {"counter_0.db", "histogram_0.db", "gauge_max_0.db"}
    assert len({path.stem.rpartition("_")[2] for path in tmp_path.iterdir()}) == 2, (
        "the first process and the sum"
    )


def test_the_page_is_made_once_in_five_seconds_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    now, made = [0.0], []

    def render() -> str:
        made.append(now[0])
        return f"page {len(made)}"

    monkeypatch.setattr(metrics, "monotonic", lambda: now[0])
    monkeypatch.setattr(metrics, "_render", render)
    page = MetricsPage()
    assert {page.text() for _ in range(50)} == {"page 1"}
    now[0] = metrics.PAGE_SECONDS
    assert page.text() == "page 2"


def test_no_sample_says_when_a_series_began() -> None:
    registry = CollectorRegistry()
    Counter("done_total", "Done.", registry=registry).inc()
    assert "_created" not in generate_latest(registry).decode()
