"""The file to which anchors are appended. Keep it, or a copy, where who has the database cannot write."""

import fcntl
import logging
import os
from collections.abc import Iterator
from datetime import UTC
from typing import IO, Final

from audit_app.anchors.lines import AnchoredEnd, AnchorLine, read_anchors
from audit_app.chain.keys import Seal
from audit_app.models import AnchoredHead, TrailAnchor

_READ_FROM_END: Final = 64 * 1024

logger = logging.getLogger(__name__)


def append_missing(path: str) -> None:
    """Append the anchors that the file does not have yet. A file that cannot be written is logged as an error.

    It looks at the last anchor in the file, so a crash between storing an anchor and appending it loses nothing.
    """
    try:
        with open(path, "a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _append(file, after=_last_number(file))
    except OSError as error:
        logger.error("audit anchors cannot be appended to the file: %s", error.strerror)


def _last_number(file: IO[bytes]) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _READ_FROM_END))
    text = file.read().decode("ascii", errors="replace")
    if text and not text.endswith("\n"):
        file.write(b"\n")  # ends a line that a crash cut off
    return max((anchor.number for anchor in read_anchors(text.splitlines())), default=0)


def _append(file: IO[bytes], *, after: int) -> None:
    for anchor in TrailAnchor.objects.filter(number__gt=after).order_by("number").iterator():
        file.writelines(f"{line}\n".encode() for line in _lines_of(anchor))
        file.flush()
        os.fsync(file.fileno())


def _lines_of(anchor: TrailAnchor) -> Iterator[str]:
    for end in stored_ends(anchor.number):
        yield end.text(anchor.number)
    yield stored_line(anchor).text


def stored_ends(number: int) -> list[AnchoredEnd]:
    """Return the ends that the database says an anchor covers, in order."""
    rows = AnchoredHead.objects.filter(anchor=number).order_by("place")
    return [AnchoredEnd(*row) for row in rows.values_list("digest", "user_id", "entries")]


def stored_line(anchor: TrailAnchor) -> AnchorLine:
    """Return a stored anchor as a line."""
    return AnchorLine(
        anchor.number,
        anchor.made_at.astimezone(UTC).isoformat(),
        anchor.heads,
        anchor.previous,
        anchor.root,
        Seal(anchor.key_version, anchor.seal),
    )
