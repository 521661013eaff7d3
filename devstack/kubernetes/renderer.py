"""Renders the chart with Helm's own library: `python -m devstack.kubernetes.renderer CHART`.

Standard input is a JSON list of releases, each with `name`, `namespace` and `values`; standard output is a JSON list of
answers, each with `files` (path of the template: text) or `error` (what Helm says).

This is a process of its own, since Go's runtime brings threads and signal handlers into whoever loads it, and one for
all releases, since loading it takes longer than rendering.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import helm_python


def answer(chart: helm_python.Chart, release: dict[str, Any]) -> dict[str, Any]:
    """Return what Helm makes of one release, or what it says against it."""
    try:
        chart.validate_schema(release["values"])
        files = chart.render(release["values"], name=release["name"], namespace=release["namespace"])
    except helm_python.HelmError as refused:
        return {"error": str(refused)}
    return {"files": files}


def serve(path: str) -> None:
    """Read all releases, write all answers. Raises HelmError for what is no chart."""
    releases = json.load(sys.stdin)
    with helm_python.Chart.load(path) as chart:
        json.dump([answer(chart, release) for release in releases], sys.stdout)


if __name__ == "__main__":
    serve(sys.argv[1])
