"""`manage.py web_vendor`: the page's vendored packages, exactly as npm ships them."""

import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

APP = Path(__file__).resolve().parent.parent.parent
VENDOR_FOLDER = APP / "static/web/vendor"
LIST = APP / "vendor.toml"


@dataclass(frozen=True)
class VendoredPackage:
    """One package of npm: where it comes from, and the SHA-256 of each file that is kept, by its path there."""

    name: str
    version: str
    licence: str
    integrity: str
    strip: str
    files: dict[str, str]

    def place(self, path: str) -> Path:
        """Return where a file of the package is kept."""
        return VENDOR_FOLDER / self.name / path.removeprefix(self.strip)


def read_packages() -> list[VendoredPackage]:
    """Return the packages that `vendor.toml` lists."""
    listed = tomllib.loads(LIST.read_text())["package"]
    return [VendoredPackage(**{"strip": "", **each}) for each in listed]


def find_differing_files() -> Iterator[str]:
    """Yield a sentence for each vendored file that is missing, differs from its hash, or is listed nowhere."""
    kept = {path for path in VENDOR_FOLDER.rglob("*") if path.is_file()}
    for package in read_packages():
        for path, wanted in package.files.items():
            place = package.place(path)
            if place not in kept:
                yield f"{place.relative_to(APP)} is missing."
            elif hashlib.sha256(place.read_bytes()).hexdigest() != wanted:
                yield f"{place.relative_to(APP)} is not the file of {package.name} {package.version}."
            kept.discard(place)
    yield from (f"{path.relative_to(APP)} is in no package of {LIST.name}." for path in sorted(kept))


class Command(BaseCommand):
    """Compare the vendored files of the page with their hashes, or fetch them again from npm."""

    help = "Check (--check) or fetch (--update) the page's vendored packages, which vendor.toml lists."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take exactly one of the two."""
        chosen = parser.add_mutually_exclusive_group(required=True)
        chosen.add_argument("--check", action="store_true", help="exit 1 if a file differs from its hash")
        chosen.add_argument(
            "--update", action="store_true", help="fetch all files with `npm pack`, and check them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the differences; exit 1 if there is one."""
        if options["update"]:
            for package in read_packages():
                _fetch(package)
        if differences := list(find_differing_files()):
            raise CommandError("\n".join(differences))
        self.stdout.write(f"{len(read_packages())} packages are as npm ships them.")


def _fetch(package: VendoredPackage) -> None:
    content = _pack(package)
    found = f"sha512-{b64encode(hashlib.sha512(content).digest()).decode()}"
    if found != package.integrity:
        raise CommandError(
            f"{package.name} {package.version} has the integrity {found}, not {package.integrity}."
        )
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for path in package.files:
            member = archive.extractfile(f"package/{path}")
            if member is None:
                raise CommandError(f"{package.name} {package.version} has no file {path}.")
            package.place(path).parent.mkdir(parents=True, exist_ok=True)
            package.place(path).write_bytes(member.read())


def _pack(package: VendoredPackage) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise CommandError("npm is needed to fetch packages, not to check them; install it.")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder, f"{package.name}@{package.version}"]
        if subprocess.run(command, check=False).returncode:
            raise CommandError(f"npm could not fetch {package.name} {package.version}.")
        return next(Path(folder).glob("*.tgz")).read_bytes()
