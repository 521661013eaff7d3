"""The old and the new release work on one log, side by side."""

from pathlib import Path

import pytest

from todo_project.tests.platform.databases import new_sqlite
from todo_project.tests.platform.platforms import platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NEWER = {"TODO_FAULT_MODULE": "todo_project.tests.platform.newer_release"}
REGISTERED = "SELECT COUNT(*) = 1 FROM events_app_consumer WHERE name = 'probe_many'"
WAITING = (
    "SELECT COUNT(*) FROM events_app_cursor"
    " WHERE consumer IN ('audit', 'probe', 'probe_many', 'realtime') AND attempts = 0"
    " AND retry_at IS NOT NULL AND last_error LIKE '%newer version%'"
)
STANDING = "SELECT MIN(seq) FROM events_app_cursor WHERE consumer IN ('audit', 'probe', 'probe_many')"


def test_the_old_release_waits_at_what_the_new_one_wrote_and_the_new_one_goes_on(
    tmp_path: Path, templates: Path
) -> None:
    with platform(tmp_path, new_sqlite(tmp_path, templates)) as made:
        [user] = made.users(1)
        old, newer_hands = made.relay(), made.more_hands(**NEWER)
        made.reaches(REGISTERED, value=True)  # `realtime` starts at the heads that it finds then
        made.hands.do("create", user_ids=[user], count=3)
        newer_hands.do("create", user_ids=[user], count=3)
        made.hands.do("create", user_ids=[user], count=3)
        made.reaches(WAITING, value=4)
        assert made.database.value(STANDING) == 3
        assert made.applied("probe", user) == [1, 2, 3]

        new = made.relay(**NEWER)
        made.reaches(STANDING, value=9)
        assert (
            old.stop() == 0
        )  # while it holds the stream's lane, nobody tells the broker of what it can not read
        made.settles()
        made.applied_everything_once(user)
        assert newer_hands.do("audit", wait=30)["found"] == []
        assert new.stop() == 0
