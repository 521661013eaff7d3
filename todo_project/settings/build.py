"""Which release this is, and which build of the pages it serves."""

from hashlib import sha256
from pathlib import Path
from typing import Final

RELEASE: Final = "0.1.0"
"""The version in pyproject.toml, which no image has."""


def build_of(folder: Path) -> str:
    """Return twelve hex digits that are others as soon as a file of the project's pages is another one."""
    digest = sha256()
    for kind in ("static", "templates"):
        for path in sorted(each for each in folder.glob(f"*/{kind}/**/*") if each.is_file()):
            digest.update(f"{path.relative_to(folder)}\n".encode() + sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
