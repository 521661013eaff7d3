"""An upgrade that proves itself: `helm/deploy https://todo.example`. Whatever fails, what ran before comes back.

1. The API server judges every object (`kubectl apply --dry-run=server`), and none is changed.
2. `helm upgrade --install --rollback-on-failure`: Helm itself goes back when pods do not get ready.
3. `helm test`, then `devstack/smoke.py`: when one of them fails, `helm rollback` to what was deployed before, and smoke
   again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from devstack.delivery.programs import (
    HELM,
    KUBECTL,
    DeliveryError,
    ProgramFailed,
    ProgramMissing,
    run_program,
)
from devstack.delivery.unready import describe_unready, watch_unready

_OK, _FAILED, _USAGE, _BROKEN = 0, 1, 2, 3
_REPOSITORY: Final = Path(__file__).resolve().parent.parent.parent
# How people use it, as a command line; its address follows.
SMOKE_COMMAND: Sequence[str] = (sys.executable, str(_REPOSITORY / "devstack" / "smoke.py"))
_EPILOG: Final = """\
SMOKE_USER and SMOKE_PASSWORD name the account of smoke.py; registration is closed where strangers come.

exit codes: 0 deployed and proven, 1 refused or rolled back: what ran before runs, 2 usage or a program is missing,
3 look now: what runs is not what was proven
"""


@dataclass(frozen=True)
class DeployOptions:
    """What is deployed where; `values` and `settings` are passed on to Helm in their order."""

    url: str
    release: str = "todo"
    namespace: str = "todo"
    chart: str = str(_REPOSITORY / "helm" / "todo")
    values: Sequence[str] = ()
    settings: Sequence[str] = ()
    timeout: str = "15m"
    connect: str = ""


@dataclass
class Rollout:
    """One deployment; `revision` is what was deployed before, 0 when nothing was."""

    options: DeployOptions
    revision: int = 0
    took: dict[str, float] = field(default_factory=dict)

    def deploy(self) -> int:
        """Deploy, prove, go back where that is needed; return the exit code."""
        self.revision = self.find_deployed()
        try:
            self.step("the API server judges it", self.judge)
        except ProgramFailed as refused:
            return self.fail(f"nothing was changed: {refused}")
        try:
            waits = ("--rollback-on-failure", "--wait", "--wait-for-jobs", "--timeout", self.options.timeout)
            with watch_unready(self.kubectl()) as unready:
                self.step("upgrade", lambda: self.upgrade(*waits))
        except ProgramFailed as failed:
            return self.judge_failed_upgrade(failed, unready())
        try:
            self.step("helm test", self.test)
            self.step("smoke", self.smoke)
        except ProgramFailed as failed:
            return self.go_back(failed)
        return _OK

    def find_deployed(self) -> int:
        """Return the revision that is deployed, 0 for a new release. Raises DeliveryError while somebody deploys."""
        rows = self.history()
        if rows and rows[-1]["status"].startswith("pending"):
            raise DeliveryError(
                f"{self.options.release} is {rows[-1]['status']}: another deployment runs, or one was killed. "
                f"Wait for it, or go back: helm rollback {self.options.release} --namespace {self.options.namespace}"
            )
        return max((int(row["revision"]) for row in rows if row["status"] == "deployed"), default=0)

    def history(self) -> list[Mapping[str, Any]]:
        """Return the revisions of the release, the newest last; none when it is new. Raises ProgramFailed."""
        try:
            told = run_program(self.helm("history", self.options.release, "--output", "json"))
        except ProgramFailed as failed:
            if "release: not found" in failed.said:
                return []
            raise
        rows: list[Mapping[str, Any]] = json.loads(told)
        return rows

    def judge(self) -> None:
        """Have the API server judge every object, and change none. Raises ProgramFailed.

        Helm's own dry run asks it for kinds and owners, and sends no object.
        """
        self.upgrade("--dry-run=server", "--hide-notes", shows=False)
        told = run_program(self.helm("template", self.options.release, *self.chosen(), "--no-hooks"))
        # As Helm: for another manager, what the new objects lack would stay, and might not fit the rest.
        sends = ("apply", "--server-side", "--field-manager", "helm", "--force-conflicts", "--dry-run=server")
        run_program([*self.kubectl(), *sends, "--filename", "-"], given=told)

    def upgrade(self, *how: str, shows: bool = True) -> None:
        """Run `helm upgrade --install`. Raises ProgramFailed."""
        self.run("upgrade", "--install", self.options.release, *self.chosen(), *how, shows=shows)

    def chosen(self) -> list[str]:
        """Return the chart, and the values for it, as Helm takes them."""
        chosen = [part for path in self.options.values for part in ("--values", path)]
        chosen += [part for setting in self.options.settings for part in ("--set", setting)]
        return [self.options.chart, *chosen]

    def test(self) -> None:
        """Run the chart's own test. Raises ProgramFailed."""
        self.run("test", self.options.release, "--logs", "--timeout", "5m")

    def smoke(self) -> None:
        """Use the platform as people do. Raises ProgramFailed."""
        connect = ["--connect", self.options.connect] if self.options.connect else []
        run_program([*SMOKE_COMMAND, self.options.url, *connect], shows=True)

    def judge_failed_upgrade(self, failed: ProgramFailed, unready: str) -> int:
        """Say why pods did not get ready, and whether Helm has brought back what ran before."""
        told = f"{failed}\n{unready}"
        try:
            self.require_brought_back()
            if self.revision:
                self.smoke()
        except DeliveryError as also:
            return self.fail(f"{told}\nWhat Helm brought back fails as well: {also}", code=_BROKEN)
        if not self.revision:
            return self.fail(f"{told}\nIt was the first release: nothing ran before, and Helm has removed it")
        return self.fail(f"{told}\nHelm has brought back what ran before, and it passes")

    def require_brought_back(self) -> None:
        """Return when the newest revision is deployed, or nothing is left of a first release. Raises DeliveryError.

        Old pods go on to answer also where Helm was killed or could not go back: smoke alone would not notice.
        """
        newest = self.history()[-1:]
        if [row["status"] for row in newest] != (["deployed"] if self.revision else []):
            said = [f"revision {row['revision']} is {row['status']}" for row in newest]
            raise DeliveryError(f"{(said or ['no revision is left'])[0]}, so Helm has not gone back")

    def go_back(self, failed: ProgramFailed) -> int:
        """Roll back to what was deployed before, prove it, and say why."""
        if not self.revision:
            told = f"{failed}\nIt was the first release: there is nothing to go back to, so it stays for you to look at"
            return self.fail(told, code=_BROKEN)
        try:
            waits = ("--wait", "--wait-for-jobs", "--timeout", self.options.timeout)
            self.step(
                "roll back", lambda: self.run("rollback", self.options.release, str(self.revision), *waits)
            )
            self.step("smoke again", self.smoke)
        except ProgramFailed as also:
            told = f"{failed}\nRevision {self.revision}, which ran before, fails as well: {also}"
            return self.fail(f"{told}\n{describe_unready(self.kubectl())}", code=_BROKEN)
        return self.fail(f"{failed}\nRevision {self.revision} runs again, and passes")

    def step(self, title: str, work: Callable[[], None]) -> None:
        """Do one step under its title, and remember how long it took."""
        print(f"{title} …", flush=True)
        began = time.monotonic()
        try:
            work()
        finally:
            self.took[title] = time.monotonic() - began

    def fail(self, why: str, *, code: int = _FAILED) -> int:
        """Print why; return the code."""
        print(f"deploy: {why}.", file=sys.stderr, flush=True)
        return code

    def run(self, *arguments: str, shows: bool = True) -> None:
        """Run Helm; with `shows` what it says is printed. Raises ProgramFailed."""
        run_program(self.helm(*arguments), shows=shows)

    def helm(self, *arguments: str) -> list[str]:
        """Return the command line of Helm in the namespace."""
        return ["helm", *arguments, "--namespace", self.options.namespace]

    def kubectl(self) -> list[str]:
        """Return the beginning of a command line of kubectl in the namespace."""
        return ["kubectl", "--namespace", self.options.namespace]

    def summary(self, code: int) -> str:
        """Return what happened, in Markdown: what was to be deployed, the outcome, and seconds of each step."""
        words = {_OK: "deployed and proven", _FAILED: "not deployed; what ran before runs"}
        rows = "".join(f"| {title} | {seconds:.1f} |\n" for title, seconds in self.took.items())
        settings = ", ".join(f"`{setting}`" for setting in self.options.settings) or "none"
        return (
            f"**{self.options.release}** at {self.options.url}: {words.get(code, 'look now')}. "
            f"Revision before: {self.revision or 'none'}. Settings: {settings}.\n\n"
            f"| step | s |\n| --- | --- |\n{rows}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, deploy, write the summary where CI wants one, return the exit code."""
    rollout = Rollout(_options(arguments))
    try:
        HELM.require()
        KUBECTL.require()
        code = rollout.deploy()
    except DeliveryError as error:
        return rollout.fail(str(error), code=_USAGE if isinstance(error, ProgramMissing) else _FAILED)
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a") as page:
            page.write(rollout.summary(code))
    return code


def _options(arguments: Sequence[str] | None) -> DeployOptions:
    parser = argparse.ArgumentParser(
        prog="helm/deploy",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", help="where people reach it, such as https://todo.example")
    parser.add_argument("--release", default="todo")
    parser.add_argument("--namespace", default="todo")
    parser.add_argument("--chart", default=DeployOptions.chart, help="a folder or oci://…; default: this one")
    parser.add_argument(
        "--values", action="append", default=[], metavar="FILE", help="may be said several times"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    parser.add_argument("--timeout", default="15m", help="for pods to get ready; default 15m")
    parser.add_argument(
        "--connect", default="", metavar="HOST:PORT", help="where smoke.py connects to instead"
    )
    return DeployOptions(**vars(parser.parse_args(arguments)))
