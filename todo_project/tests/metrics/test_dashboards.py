"""Dashboards and alerts name metrics that exist, and every gauge of ours is drawn somewhere."""

import json
import re

import pytest

from devstack.paths import REPOSITORY
from todo_project.metrics.alerts import ALERTS
from todo_project.metrics.dashboards import DASHBOARDS, all_expressions
from todo_project.metrics.foreign import FOREIGN_METRICS
from todo_project.metrics.names import GAUGES, METRICS
from todo_project.reference.dashboards import render_dashboards

KNOWN = {**METRICS, **FOREIGN_METRICS}
# Words of PromQL that stand where a name could.
WORDS = {
    "absent", "and", "by", "count", "histogram_quantile", "increase", "max", "on", "or", "rate", "sum", "time", "topk",
    "unless",
}  # fmt: skip
MATCHERS = re.compile(r"\{[^}]*\}")
GROUPS = re.compile(r"\b(?:by|on) \(([^)]*)\)")
NAME = re.compile(r"\b[a-z_][a-z0-9_]*\b")


def metrics_in(expression: str) -> set[str]:
    """The metrics that an expression names: what is left of it without labels, durations and words."""
    bare = GROUPS.sub("", MATCHERS.sub("", re.sub(r"\[\w+\]", "", expression)))
    return {name.removesuffix("_bucket") for name in NAME.findall(bare)} - WORDS


def labels_in(expression: str) -> set[str]:
    matched = re.findall(r"(\w+)(?==|!)", " ".join(MATCHERS.findall(expression)))
    grouped = [label.strip() for group in GROUPS.findall(expression) for label in group.split(",")]
    return {*matched, *grouped}


@pytest.mark.parametrize("expression", [*all_expressions(), *(alert.expression for alert in ALERTS.values())])
def test_an_expression_names_metrics_of_the_tables_and_their_labels(expression: str) -> None:
    named = metrics_in(expression)
    assert named
    assert named <= KNOWN.keys()
    known = {label for name in named for label in KNOWN[name].labels}
    known |= {"le"} if any(KNOWN[name].kind == "histogram" for name in named) else set()
    assert labels_in(expression) <= known
    assert expression.count("(") == expression.count(")")


def test_a_name_or_label_that_is_none_is_found() -> None:
    assert metrics_in("sum by (consumer) (rate(todo_invented_total[5m])) > 3") == {"todo_invented_total"}
    assert labels_in('sum by (le, a) (x{b="c", d=~"e"})') == {"le", "a", "b", "d"}


def test_every_gauge_of_ours_is_drawn() -> None:
    assert GAUGES.keys() - {name for each in all_expressions() for name in metrics_in(each)} == set()


def test_the_files_are_dashboards_with_every_panel() -> None:
    assert len(render_dashboards()) == len(DASHBOARDS)
    for (path, text), panels in zip(render_dashboards().items(), DASHBOARDS.values(), strict=True):
        assert (REPOSITORY / path).read_text() == text, "run `manage.py reference`"
        drawn = json.loads(text)["panels"]
        assert [panel["title"] for panel in drawn] == [panel.title for panel in panels]
        assert len({panel["id"] for panel in drawn}) == len(panels)
        places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in drawn}
        assert len(places) == len(panels)
