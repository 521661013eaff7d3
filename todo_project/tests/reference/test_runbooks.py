"""Each alert has its page and each page its alert. That rules name what exists: todo_project/tests/metrics."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from todo_project.metrics.alerts import ALERTS

OPERATE = Path(settings.BASE_DIR) / "docs" / "operate"
RUNBOOKS = OPERATE / "runbooks"
PARTS = ["Symptom.", "Is it users?", "Look.", "Mend.", "After."]
MOST_COMMANDS = 3


def test_each_alert_has_its_page_and_each_page_its_alert() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == ALERTS.keys()
    listed = re.findall(r"^- \[(\w+)\]\((\w+)\.md\)$", (RUNBOOKS / "README.md").read_text(), re.MULTILINE)
    assert listed == [(name, name) for name in ALERTS]


@pytest.mark.parametrize("name", ALERTS)
def test_a_page_says_what_to_do_in_five_parts(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text()
    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^\*\*([^*]+)\*\*", text, re.MULTILINE) == PARTS
    assert len(re.findall(r"^\$ ", text, re.MULTILINE)) == MOST_COMMANDS


def test_the_rules_are_a_file_that_prometheus_can_read() -> None:
    [group] = yaml.safe_load((OPERATE / "alerts.yaml").read_text())["groups"]
    assert {rule["alert"]: rule["expr"] for rule in group["rules"]} == {
        name: alert.expression for name, alert in ALERTS.items()
    }
    for rule in group["rules"]:
        assert (OPERATE.parents[1] / rule["annotations"]["runbook_url"]).is_file()
        assert rule["labels"]["severity"] in ("page", "ticket")
