"""Writes the Dapr files of `helm/todo/dapr`, which the cluster uses as well, with this stack's values.

Only `${NAME}` is replaced, here by `string.Template`, in the chart by `replace`
(docs/decisions/dapr-files.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from devstack.errors import DevstackError
from devstack.paths import DAPR_FILES


def write_files(
    names: Sequence[str], values: Mapping[str, str], *, target: Path, source: Path = DAPR_FILES
) -> None:
    """Write `names` (without `.yaml`) from `source` into `target` with `values` filled in.

    Raises DevstackError for a file that does not exist or a placeholder without a value.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = source / f"{name}.yaml"
        if not path.exists():
            raise DevstackError(f"There is no Dapr file {path}")
        (target / path.name).write_text(fill(path, values))


def fill(path: Path, values: Mapping[str, str]) -> str:
    """Return the text of `path` with its placeholders replaced; values are escaped for double quotes."""
    escaped = {name: json.dumps(value)[1:-1] for name, value in values.items()}
    try:
        return Template(path.read_text()).substitute(escaped)
    except KeyError as error:
        raise DevstackError(f"{path} has the placeholder {error.args[0]}, which has no value") from error
