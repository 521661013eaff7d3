"""docs/reference/realtime.md agrees with the code."""

import re
from pathlib import Path
from typing import get_args

import pytest

from realtime_app.sockets import protocol

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "realtime.md").read_text()
SOURCES = [Path(protocol.__file__), Path(protocol.__file__).with_name("session.py")]


@pytest.mark.parametrize("code", protocol.CloseCode)
def test_each_close_code_is_explained(code: protocol.CloseCode) -> None:
    assert f"\n| {int(code)} | " in PAGE


@pytest.mark.parametrize("reason", get_args(protocol.ResyncReason))
def test_each_reason_to_resync_is_explained(reason: str) -> None:
    assert f"\n| `{reason}` | " in PAGE


@pytest.mark.parametrize(
    "code",
    sorted({code for path in SOURCES for code in re.findall(r'FrameError\("(\w+)"', path.read_text())}),
)
def test_each_error_code_is_explained(code: str) -> None:
    assert re.search(rf"\n\|[^|]*`{code}`[^|]*\|", PAGE)


@pytest.mark.parametrize(
    "limit",
    [
        f"at most {protocol.MAX_FRAME_BYTES:,} bytes",
        f"At most {protocol.WINDOW_EVENTS} events",
        f"more than {protocol.MAX_BEHIND_EVENTS:,} sequence numbers",
        f"{protocol.SOCKETS_PER_USER} sockets of this user",
        f"first, within {protocol.HELLO_SECONDS:.0f} seconds",
        f"no `ack` for {protocol.STALL_SECONDS:.0f} seconds",
        f"within {protocol.RESYNC_SECONDS:.0f} seconds",
        f"every {protocol.HEAD_SECONDS:.0f} seconds",
        f"{protocol.MESSAGES_BURST} messages at once and {protocol.MESSAGES_PER_SECOND} a second",
        protocol.SUBPROTOCOL,
    ],
)
def test_each_limit_is_stated(limit: str) -> None:
    assert limit in PAGE.replace("\n", " ")
