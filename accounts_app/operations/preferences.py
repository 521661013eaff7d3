"""Changes of a user's preferences."""

from collections.abc import Mapping
from datetime import time
from typing import TypedDict

from pydantic import JsonValue

from accounts_app.models import User
from events_app.contracts.preferences import PreferencesSnapshot, PreferencesUpdated
from events_app.log.write import writing

PREFERENCES = tuple(PreferencesSnapshot.model_fields)


class PreferenceChanges(TypedDict, total=False):
    """The columns to change and their new values; the others stay."""

    time_zone: str
    week_start: str
    quiet_from: time | None
    quiet_until: time | None
    channels: list[str]


def change_preferences(user_id: int, changes: PreferenceChanges) -> User:
    """Change an account, record `preferences.updated` when something changed, and return the user.

    Values must be valid. Repeating is harmless: nothing changes, nothing is recorded.
    """
    with writing(user_id) as log:
        user = User.objects.get(pk=user_id)
        before = preferences_snapshot(user)
        changed = [name for name, value in changes.items() if getattr(user, name) != value]
        for name in changed:
            setattr(user, name, changes[name])  # type: ignore[literal-required]
        user.save(update_fields=changed)
        recorded = [name for name in PREFERENCES if name in changed]
        if recorded:
            log.record(_updated_event(user, before=before, names=recorded))
    return user


def preferences_snapshot(user: User) -> PreferencesSnapshot:
    """Return a user's preferences as events carry them."""
    return PreferencesSnapshot.model_validate({name: getattr(user, name) for name in PREFERENCES})


def _updated_event(user: User, *, before: PreferencesSnapshot, names: list[str]) -> PreferencesUpdated:
    old: Mapping[str, JsonValue] = before.model_dump(mode="json")
    return PreferencesUpdated(
        preferences=preferences_snapshot(user),
        changed_fields=names,
        previous={name: old[name] for name in names},
    )
