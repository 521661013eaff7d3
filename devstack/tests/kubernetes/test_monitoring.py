"""Rules, the pages of their alerts and the dashboards, as the chart hands them to a cluster."""

import json
from collections.abc import Mapping

import yaml

from devstack.kubernetes.chart import CHART, Release, Rendered, merge_values, render, scenarios
from devstack.paths import REPOSITORY
from todo_project.settings.consumers import CONSUMERS, SNAPSHOTS

RUNBOOKS = REPOSITORY / "docs" / "operate" / "runbooks"
FULL = "ci/kafka-full"


def rules_of(answer: Rendered) -> dict[str, dict[str, object]]:
    [found] = answer.of_kind("PrometheusRule")
    return {rule["alert"]: rule for group in found["spec"]["groups"] for rule in group["rules"]}


def maps_of(answer: Rendered) -> dict[str, dict[str, str]]:
    return {each["metadata"]["name"]: each["data"] for each in answer.of_kind("ConfigMap")}


def test_rules_are_those_of_the_code_and_each_has_its_page_in_the_cluster(
    rendered: Mapping[str, Rendered],
) -> None:
    [group] = yaml.safe_load((CHART / "alerts.yaml").read_text())["groups"]
    assert [*rules_of(rendered[FULL]).values()] == group["rules"]
    pages = maps_of(rendered[FULL])["todo-runbooks"]
    assert pages == {
        f"{rule['alert']}.md": (RUNBOOKS / f"{rule['alert']}.md").read_text() for rule in group["rules"]
    }


def test_alerts_lead_to_where_your_people_read() -> None:
    values = scenarios()[FULL].values
    [answer] = render(
        [Release(merge_values(values, {"monitoring": {"runbookUrl": "https://docs.example/on-call/"}}))]
    )
    assert {name: rule["annotations"] for name, rule in rules_of(answer).items()}["ApiSlow"] == {
        "summary": rules_of(answer)["ApiSlow"]["annotations"]["summary"],  # type: ignore[index]
        "runbook_url": "https://docs.example/on-call/ApiSlow.md",
    }


def test_each_dashboard_is_one_that_grafana_finds(rendered: Mapping[str, Rendered]) -> None:
    found = {
        each["metadata"]["name"]: each
        for each in rendered[FULL].of_kind("ConfigMap")
        if each["metadata"]["labels"].get("grafana_dashboard") == "1"
    }
    files = {path.stem: json.loads(path.read_text()) for path in (CHART / "dashboards").glob("*.json")}
    assert {name.removeprefix("todo-") for name in found} == files.keys()
    for name, each in found.items():
        [text] = each["data"].values()
        assert json.loads(text) == files[name.removeprefix("todo-")]
        assert each["metadata"]["labels"]["release"] == "prometheus"
        assert len(text.encode()) < 2**20


def test_where_nobody_asks_for_them_there_are_none(rendered: Mapping[str, Rendered]) -> None:
    answer = rendered["ci/dapr-kafka"]
    assert maps_of(answer).keys() == {"todo"}
    assert answer.of_kind("PrometheusRule") == []


def test_what_pods_are_scaled_by_is_a_number_of_lag_json(rendered: Mapping[str, Rendered]) -> None:
    """`todo_project/tests/metrics/test_backlog.py` holds that these numbers are there."""
    asked = {
        trigger["metadata"]["valueLocation"]
        for answer in rendered.values()
        for each in answer.of_kind("ScaledObject")
        for trigger in each["spec"]["triggers"]
    }
    shown = {"relay.events", *(f"consumers.{spec.name}.events" for spec in (*CONSUMERS, SNAPSHOTS))}
    assert {"relay.events", "consumers.audit.events"} <= asked <= shown
