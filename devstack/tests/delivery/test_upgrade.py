"""`helm/deploy`: what it calls when all is well, and what it brings back when a step fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from devstack.delivery import upgrade
from devstack.delivery.unready import watch_unready
from devstack.paths import REPOSITORY
from devstack.tests.delivery.recorder import Recorder
from devstack.waiting import wait_until

URL = "https://todo.example"
HISTORY = [
    {"revision": 3, "status": "superseded"},
    {"revision": 4, "status": "deployed"},
    {"revision": 5, "status": "failed"},
]
BROUGHT_BACK = [
    *HISTORY[:1],
    {"revision": 4, "status": "superseded"},
    {"revision": 5, "status": "failed"},
    {"revision": 6, "status": "deployed"},
]
PODS = {
    "items": [
        {
            "metadata": {"name": "todo-web-1"},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "False"}],
                "containerStatuses": [
                    {
                        "name": "web",
                        "ready": False,
                        "restartCount": 3,
                        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    }
                ],
            },
        },
        {"metadata": {"name": "todo-prepare"}, "status": {"phase": "Succeeded"}},
    ]
}
IN = "--namespace todo"
UPGRADE = f"helm upgrade --install todo {REPOSITORY}/helm/todo --values prod.yaml --set image.tag=2"
JUDGED = f"{UPGRADE} --dry-run=server --hide-notes {IN}"
JUDGEMENT = [
    JUDGED,
    f"helm template todo {REPOSITORY}/helm/todo --values prod.yaml --set image.tag=2 --no-hooks {IN}",
    f"kubectl {IN} apply --server-side --field-manager helm --force-conflicts --dry-run=server --filename -",
]
UPGRADED = f"{UPGRADE} --rollback-on-failure --wait --wait-for-jobs --timeout 15m {IN}"
ASKED = f"helm history todo --output json {IN}"
TESTED = f"helm test todo --logs --timeout 5m {IN}"
ROLLED_BACK = f"helm rollback todo 4 --wait --wait-for-jobs --timeout 15m {IN}"
SMOKED = f"smoke {URL}"


@pytest.fixture(autouse=True)
def answers(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade, "SMOKE_COMMAND", (str(recorder.folder / "smoke"),))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    recorder.answers("helm history", HISTORY)
    recorder.answers("get pods", PODS)
    recorder.answers("kubectl --namespace todo logs todo-web-1", "ImportError: no module")


def deploy() -> int:
    return upgrade.main([URL, "--values", "prod.yaml", "--set", "image.tag=2"])


def has_gone_back(recorder: Recorder) -> None:
    """The upgrade fails, and Helm has brought back what ran before: its history says so."""
    recorder.answers("--rollback-on-failure", "Error: context deadline exceeded", code=1)
    recorder.answers("helm history", BROUGHT_BACK)
    recorder.answers("helm history", HISTORY, once=True)


def test_what_is_good_is_judged_upgraded_tested_and_used(recorder: Recorder) -> None:
    assert deploy() == 0
    assert recorder.calls == [ASKED, *JUDGEMENT, UPGRADED, TESTED, SMOKED]


def test_the_same_again_takes_the_same_steps(recorder: Recorder) -> None:
    assert deploy() == 0
    first = recorder.calls
    recorder.forget()
    assert deploy() == 0
    assert recorder.calls == first


def test_what_the_server_refuses_changes_nothing(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers(
        "--dry-run=server", 'Error: quantities must match the regular expression "100mm"', code=1
    )
    assert deploy() == 1
    assert recorder.calls == [ASKED, JUDGED]
    assert "deploy: nothing was changed: " in (said := capsys.readouterr().err)
    assert "100mm" in said


def test_each_object_is_sent_to_be_judged_and_what_is_refused_changes_nothing(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    """Helm's dry run sends none: an impossible quantity would be found in the middle of the upgrade."""
    recorder.answers("helm template", {"kind": "Deployment", "metadata": {"name": "todo-web"}})
    recorder.answers("apply --server-side", "error: quantities must match the regular expression", code=1)
    assert deploy() == 1
    assert recorder.calls == [ASKED, *JUDGEMENT]
    assert recorder.given == [{"kind": "Deployment", "metadata": {"name": "todo-web"}}]
    assert "deploy: nothing was changed: " in (said := capsys.readouterr().err)
    assert "quantities must match" in said


def test_pods_that_do_not_get_ready_are_named_and_what_helm_brought_back_is_used(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    has_gone_back(recorder)
    assert deploy() == 1
    assert recorder.calls[:5] == [ASKED, *JUDGEMENT, UPGRADED]
    assert recorder.calls[-1] == SMOKED
    assert ROLLED_BACK not in recorder.calls
    said = capsys.readouterr().err
    assert "todo-web-1, web: waiting CrashLoopBackOff\n    ImportError: no module" in said
    assert "todo-prepare" not in said
    assert said.endswith("Helm has brought back what ran before, and it passes.\n")


def test_pods_that_helm_has_taken_away_are_named_still(recorder: Recorder) -> None:
    with watch_unready(["kubectl", "--namespace", "todo"], every=0.01) as unready:
        assert wait_until(lambda: any("get pods" in call for call in recorder.calls), seconds=10)
    recorder.answers("get pods", {"items": []})
    assert unready() == "todo-web-1, web: waiting CrashLoopBackOff\n    ImportError: no module"


def test_what_helm_brought_back_and_does_not_work_is_an_alarm(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    has_gone_back(recorder)
    recorder.answers("smoke ", "FAILED  sign in", code=1)
    assert deploy() == 3
    assert "What Helm brought back fails as well" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (HISTORY, "revision 5 is failed, so Helm has not gone back"),
        ([*HISTORY, {"revision": 6, "status": "pending-rollback"}], "revision 6 is pending-rollback, so"),
    ],
    ids=["failed", "killed"],
)
def test_pods_that_still_answer_do_not_say_that_helm_has_gone_back(
    recorder: Recorder,
    capsys: pytest.CaptureFixture[str],
    left: list[dict[str, object]],
    words: str,
) -> None:
    recorder.answers("--rollback-on-failure", "Error: an error occurred while rolling back", code=1)
    recorder.answers("helm history", left)
    recorder.answers("helm history", HISTORY, once=True)
    assert deploy() == 3
    assert words in capsys.readouterr().err
    assert SMOKED not in recorder.calls


def test_a_first_release_that_is_not_removed_is_an_alarm(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers("--rollback-on-failure", "Error: an error occurred while uninstalling", code=1)
    recorder.answers("helm history", [{"revision": 1, "status": "failed"}])
    recorder.answers("helm history", "Error: release: not found", code=1, once=True)
    assert deploy() == 3
    assert "revision 1 is failed, so Helm has not gone back" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fails", "before"), [("helm test", [TESTED]), ("smoke ", [TESTED, SMOKED])], ids=["test", "smoke"]
)
def test_what_runs_and_does_not_work_is_rolled_back_and_the_old_one_used(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], fails: str, before: list[str]
) -> None:
    recorder.answers(fails, "FAILED  the reminder fires: no notification came", code=1, once=True)
    assert deploy() == 1
    assert recorder.calls == [ASKED, *JUDGEMENT, UPGRADED, *before, ROLLED_BACK, SMOKED]
    said = capsys.readouterr().err
    assert "no notification came" in said
    assert said.endswith("Revision 4 runs again, and passes.\n")


@pytest.mark.parametrize("fails", ["helm rollback", "smoke "])
def test_a_way_back_that_fails_is_an_alarm(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], fails: str
) -> None:
    recorder.answers("helm test", "Error: pod todo-smoke failed", code=1)
    recorder.answers(fails, "Error: nothing works", code=1)
    assert deploy() == 3
    said = capsys.readouterr().err
    assert "pod todo-smoke failed" in said
    assert "Revision 4, which ran before, fails as well" in said
    assert "todo-web-1, web: waiting CrashLoopBackOff" in said


@pytest.mark.parametrize(
    ("fails", "code", "words"),
    [
        ("--rollback-on-failure", 1, "nothing ran before, and Helm has removed it"),
        ("helm test", 3, "there is nothing to go back to, so it stays for you to look at"),
    ],
)
def test_a_first_release_has_nothing_to_go_back_to(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], *, fails: str, code: int, words: str
) -> None:
    recorder.answers("helm history", "Error: release: not found", code=1)
    recorder.answers(fails, "Error: failed", code=1)
    assert deploy() == code
    assert words in capsys.readouterr().err
    assert not any("rollback todo" in call for call in recorder.calls)


def test_beside_another_deployment_nothing_is_done(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers("helm history", [*HISTORY, {"revision": 6, "status": "pending-upgrade"}])
    assert deploy() == 1
    assert recorder.calls == [ASKED]
    assert "todo is pending-upgrade: another deployment runs, or one was killed" in capsys.readouterr().err


def test_a_cluster_that_is_not_reached_is_said(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers("helm history", "Error: Kubernetes cluster unreachable", code=1)
    assert deploy() == 1
    assert "Kubernetes cluster unreachable" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("", "helm is not installed; 4.0 or later is needed: https"),
        ("v3.21.3", "helm is v3.21; 4.0 or later is needed"),
    ],
    ids=["missing", "old"],
)
def test_a_program_that_is_missing_or_old_is_said(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], told: str, words: str
) -> None:
    if told:
        recorder.answers("helm version", told)
    else:
        recorder.remove("helm")
    assert deploy() == 2
    assert words in capsys.readouterr().err
    assert recorder.calls == []


def test_ci_gets_a_page(recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    recorder.answers("smoke ", "FAILED", code=1, once=True)
    assert deploy() == 1
    told = page.read_text()
    assert (
        f"**todo** at {URL}: not deployed; what ran before runs. Revision before: 4. Settings: `image.tag=2`."
        in told
    )
    titles = ["the API server judges it", "upgrade", "helm test", "smoke", "roll back", "smoke again"]
    assert [line.split(" | ")[0] for line in told.splitlines() if line.startswith("| ")][2:] == [
        f"| {title}" for title in titles
    ]


@pytest.mark.parametrize("name", ["deploy", "minikube"])
def test_it_starts_with_nothing_installed(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-S", str(REPOSITORY / "helm" / name), "--help"],
        env={"PATH": "/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"usage: helm/{name}" in done.stdout
