"""Planted secrets and vulnerabilities are found; what people have looked at is not found again."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from devstack import gate, secret_scan, smoke, supply
from devstack.delivery import minikube, upgrade
from devstack.paths import REPOSITORY

# Put together here, so that this file holds none.
ACCESS_KEY = "AKIA" + "QYLPMN5HFIQR7XYA"
GITHUB_TOKEN = "ghp_" + "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"
PERSONAL_TOKEN = "todo_" + "pat_" + "q7Zc0VwK2mXn5RtY8bHj3LdF6gPs9aEu1iOxQyTzMkA"
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A git checkout with one harmless file."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "module.py").write_text("NAME = 'todo'\n")
    return tmp_path


def found_in(tree: Path) -> list[tuple[str, int]]:
    found = secret_scan.find_new(tree)
    assert found is not None
    return [(each.file, each.line) for each in found]


class TestSecrets:
    @pytest.mark.parametrize(
        ("file", "line"),
        [
            ("settings.py", f"KEY = '{ACCESS_KEY}'"),
            ("app/tests/test_it.py", f"KEY = '{ACCESS_KEY}'"),
            ("deploy.yaml", f"token: {GITHUB_TOKEN}"),
            ("notes.md", PRIVATE_KEY),
            ("script.sh", f"curl -H 'Authorization: Bearer {PERSONAL_TOKEN}'"),
            ("app/tests/test_it.py", f"get({PERSONAL_TOKEN!r})"),
            ("settings.py", "PASSWORD = 'hQ7-krawl-92'"),
            ("settings.py", "URL = 'redis://name:hQ7krawl92@host'"),
            ("settings.py", "KEY = '5f2e9a71c04bd83e6f19a0c7d2b48e63'"),
        ],
    )
    def test_one_that_is_planted_is_found(self, tree: Path, file: str, line: str) -> None:
        path = tree / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# first\n{line}\n")
        assert (file, 2) in found_in(tree)

    def test_one_that_was_accepted_may_move_but_not_spread(self, tree: Path) -> None:
        (tree / "module.py").write_text(f"KEY = '{ACCESS_KEY}'\n")
        assert secret_scan.accept(tree) == 1
        assert ACCESS_KEY not in (tree / secret_scan.BASELINE).read_text()
        (tree / "module.py").write_text(f"\n\nKEY = '{ACCESS_KEY}'\n")
        assert found_in(tree) == []
        (tree / "other.py").write_text(f"KEY = '{ACCESS_KEY}'\n")
        assert found_in(tree) == [("other.py", 1)]

    def test_invented_passwords_in_tests_and_hashes_in_locks_are_none(self, tree: Path) -> None:
        (tree / "tests").mkdir()
        (tree / "tests" / "test_it.py").write_text("PASSWORD = 'hQ7-krawl-92'\n")
        (tree / "requirements.txt").write_text(f"django==5.2 --hash=sha256:{'5f2e9a71c04bd83e' * 4}\n")
        assert found_in(tree) == []

    def test_what_git_ignores_is_not_looked_at(self, tree: Path) -> None:
        (tree / ".gitignore").write_text(".env\n")
        (tree / ".env").write_text(f"KEY={ACCESS_KEY}\n")
        assert found_in(tree) == []

    def test_a_folder_without_git_is_said_not_to_be_judged(self, tmp_path: Path) -> None:
        assert secret_scan.find_new(tmp_path) is None

    def test_the_baseline_names_files_that_exist(self) -> None:
        files = {finding.file for finding in secret_scan.read_baseline(REPOSITORY)}
        assert files
        assert [file for file in files if not (REPOSITORY / file).is_file()] == []


def test_the_bill_of_materials_has_all_that_is_locked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supply, "SBOM", tmp_path / "build" / "sbom.json")
    assert supply.write_sbom() == supply._OK
    bill = json.loads(supply.SBOM.read_text())
    locked = supply.locked_versions((REPOSITORY / supply._LOCK).read_text())
    assert {each["name"].lower(): each["version"] for each in bill["components"]} == locked
    assert all(each["externalReferences"][0]["hashes"] for each in bill["components"])
    assert bill["bomFormat"] == "CycloneDX"


class Advisories(BaseHTTPRequestHandler):
    """A service that knows of one vulnerability: the OSV schema, https://ossf.github.io/osv-schema/."""

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        package = query["package"]
        known = {"id": "PYSEC-0000-1", "summary": "planted", "affected": [{"package": package, "ranges": []}]}
        body = json.dumps({"vulns": [known]} if package["name"] == "vulnerable" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def advisories() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Advisories) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class TestAudit:
    @pytest.mark.parametrize(("name", "code"), [("harmless", 0), ("vulnerable", 1)])
    def test_a_vulnerability_fails(self, tmp_path: Path, advisories: str, name: str, code: int) -> None:
        lock = tmp_path / "lock.txt"
        lock.write_text(f"{name}==1.0 --hash=sha256:{'0' * 64}\n")
        service = ("--vulnerability-service", "osv", "--osv-url", advisories, "--cache-dir", str(tmp_path))
        assert supply.run_pip_audit(str(lock), *service) == code

    def test_where_it_cannot_be_asked_the_gate_says_so_and_goes_on(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(supply, "is_index_reachable", lambda: False)
        code = supply.audit()
        [step] = [step for step in gate.supply_steps() if step.name == "vulnerabilities"]
        result = gate.judge_step(step, code, seconds=1, output=capsys.readouterr().out)
        assert result.code == gate._OK
        gate.print_untried([result])
        assert "NOT CHECKED HERE: pip-audit" in capsys.readouterr().out

    def test_no_other_step_may_end_so(self) -> None:
        untried = {step.name for step in gate.static_steps() if step.may_be_untried}
        assert untried == {"secrets", "vulnerabilities"}
        result = gate.judge_step(gate.Step("types", []), gate._DEGRADED, seconds=1, output="")
        assert result.code == gate._DEGRADED

    def test_a_silent_name_server_does_not_hold_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(supply, "_PROBE", "import time; time.sleep(60)")
        monkeypatch.setattr(supply, "_PROBE_SECONDS", 0.2)
        assert supply.is_index_reachable() is False


def test_the_version_of_a_locked_package_is_read() -> None:
    assert re.fullmatch(r"5\.2\.\d+", supply.locked_version("django"))
    assert supply.locked_versions(
        "channels[daphne]==4.3 \\\n    --hash=sha256:00\nx==1; python_version<'3'\n"
    ) == {
        "channels": "4.3",
        "x": "1",
    }


WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
# Rights beside reading, of those who publish the image and of who calls them.
_PUBLISHES = {"packages", "id-token", "attestations"}
MAY_WRITE = {
    "ci.yml": _PUBLISHES,
    "image.yml": _PUBLISHES,
    "image-one.yml": {"packages"},
    "deploy.yml": {"id-token"},  # for the cluster, not for packages
}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_uses_actions_by_commit_and_has_no_rights_but_those_it_needs(path: Path) -> None:
    text = path.read_text()
    used = re.findall(r"uses: (.+)", text)
    assert used
    known = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./\.github/workflows/[\w-]+\.yml")
    assert [each for each in used if not known.fullmatch(each)] == []
    assert re.search(r"^permissions: \{\}$", text, re.MULTILINE)
    rights = set(re.findall(r"^ {6}([\w-]+: (?:read|write))$", text.partition("jobs:")[2], re.MULTILINE))
    assert "contents: read" in rights
    assert {each.partition(":")[0] for each in rights if each.endswith("write")} == MAY_WRITE.get(
        path.name, set()
    )
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


def test_nothing_is_published_before_the_gate_has_passed_and_the_image_was_tried() -> None:
    flows = {path.name: yaml.safe_load(path.read_text()) for path in WORKFLOWS}
    assert flows["ci.yml"]["jobs"]["image"]["needs"] == "gate"
    assert flows["ci.yml"]["jobs"]["image"]["if"] == "github.event_name == 'push'"
    assert flows["image.yml"]["jobs"]["publish"]["needs"] == ["amd64", "arm64"]
    for name in ("image.yml", "image-one.yml"):
        assert set(flows[name][True]) == {"workflow_call"}  # YAML 1.1 reads the key `on` as true
    steps = [step.get("name") for step in flows["image-one.yml"]["jobs"]["build"]["steps"]]
    assert steps.index("Try it") < steps.index("Publish")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_failure_of_a_workflow_is_passed_over_and_nothing_foreign_becomes_code(path: Path) -> None:
    flow = yaml.safe_load(path.read_text())
    steps = [step for job in flow["jobs"].values() for step in job.get("steps", ())]
    for step in steps:
        run = step.get("run", "")
        assert "${{ github.event" not in run
        assert "${{ inputs" not in run
        assert not re.search(r"\|\| (true|:)", run)
    assert not any("continue-on-error" in each for each in (*steps, *flow["jobs"].values()))
    ours = [job for job in flow["jobs"].values() if "steps" in job]
    assert all("timeout-minutes" in job for job in ours)


def test_what_is_deployed_was_attested_and_proves_itself() -> None:
    flows = {path.name: yaml.safe_load(path.read_text()) for path in WORKFLOWS}
    deploy = flows["deploy.yml"]
    assert deploy["concurrency"]["cancel-in-progress"] is False
    job = deploy["jobs"]["deploy"]
    assert job["environment"]["name"] == "${{ inputs.environment }}"  # its reviewers approve
    runs = [step.get("run", "") for step in job["steps"]]
    [verified] = [place for place, run in enumerate(runs) if "gh attestation verify" in run]
    [signed_in] = [place for place, run in enumerate(runs) if "helm/sign-in" in run]
    [deployed] = [place for place, run in enumerate(runs) if "helm/deploy" in run]
    assert verified < signed_in < deployed
    for name, condition in (("staging", "refs/heads/main"), ("production", "ref_type == 'tag'")):
        called = flows["ci.yml"]["jobs"][name]
        assert called["needs"] == "image"
        assert condition in called["if"]
        assert called["with"] == {"environment": name, "digest": "${{ needs.image.outputs.digest }}"}
        assert called["secrets"] == "inherit", "the environment's are empty otherwise"
    assert (
        flows["image.yml"][True]["workflow_call"]["outputs"]["digest"]["value"]
        == "${{ jobs.publish.outputs.digest }}"
    )


def test_a_push_does_not_stop_a_deployment_that_runs() -> None:
    [ci] = [yaml.safe_load(path.read_text()) for path in WORKFLOWS if path.name == "ci.yml"]
    assert ci["concurrency"]["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_file_and_option_that_a_workflow_runs_exists(path: Path) -> None:
    text = path.read_text().replace("\\\n", " ")
    for program in set(
        re.findall(r"(?:run: |^ +|python3? )((?:helm|devstack)/[\w./-]+)", text, re.MULTILINE)
    ):
        assert (REPOSITORY / program).is_file(), program
    parsers = {"helm/deploy": upgrade, "helm/minikube": minikube, "devstack/smoke.py": smoke}
    for name, module in parsers.items():
        known = Path(str(module.__file__)).read_text()
        for line in re.findall(rf"^.*{re.escape(name)} .*$", text, re.MULTILINE):
            for option in re.findall(r"(?<= )--[a-z]+", line.partition(name)[2]):
                assert f'"{option}"' in known, f"{name} {option}"
