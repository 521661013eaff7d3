"""Archives for tests: one of a database with a row in every table, and the same with something changed."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from todo_project.backup.manifest import MANIFEST_NAME, SUMS_NAME

Files = dict[str, bytes]


def files_in(path: Path) -> Files:
    """The files of an archive, read without the code under test."""
    with tarfile.open(path, "r:gz") as tar:
        return {about.name: tar.extractfile(about).read() for about in tar}  # type: ignore[union-attr]


def pack(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write an archive of these files."""
    with gzip.open(path, "wb", compresslevel=1) as unpacked, tarfile.open(fileobj=unpacked, mode="w|") as tar:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            tar.addfile(about, io.BytesIO(content))
    return path


def with_manifest(files: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    """The same files with another manifest, and sums that fit it."""
    manifest = json.loads(files[MANIFEST_NAME])
    change(manifest)
    content = json.dumps(manifest).encode()
    sums = {**json.loads(files[SUMS_NAME]), "manifest": sha256(content).hexdigest()}
    return {**files, MANIFEST_NAME: content, SUMS_NAME: json.dumps(sums).encode()}


def part_of(files: Files, table: str) -> str:
    """The name of the only part of a table."""
    [name] = [name for name in files if f"-{table}." in name]
    return name
