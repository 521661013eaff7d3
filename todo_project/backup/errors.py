"""Why a backup is not made or not restored, as one sentence for operators.

BackupError                  nothing was written
├── NotMade                  the database is not one that this release can back up
├── Unreadable               there is no such file, or it may not be read
├── BadArchive               the archive cannot be trusted, or not be read by this release
│   ├── NotOurs              something else
│   ├── OtherRelease         of a newer format, or with other tables
│   ├── Damaged              its bytes are not those that were written
│   └── Truncated            it ends too early
└── WrongPlace               the backup is good; the database or the settings are not right for it
    ├── NotEmpty             the database holds something, perhaps what an earlier restore has put there
    ├── OtherTables          its tables are not those of this release
    ├── InUse                processes of the platform run on it
    ├── NotTaken             it failed: a full disk, a lost connection, a missing right
    └── KeyMissing           TODO_AUDIT_KEYS lacks a key of the audit trail

Unproved                     all rows are restored; what should follow, search words and the proof, is not done
"""


class BackupError(Exception):
    """Nothing was written; the text says why and what to do."""


class Unproved(Exception):
    """All rows are restored; the text says what stopped the rest, and how to do it."""


class NotMade(BackupError):
    """This release cannot back up the database."""


class Unreadable(BackupError):
    """The file cannot be read."""


class BadArchive(BackupError):
    """The archive cannot be restored by this release."""


class NotOurs(BadArchive):
    """The file is no backup of this platform."""


class OtherRelease(BadArchive):
    """Another release made it, whose format or tables this one does not have."""


class Damaged(BadArchive):
    """Its bytes, or what they hold, are not those that were written."""


class Truncated(BadArchive):
    """It ends before its last part."""


class WrongPlace(BackupError):
    """The database or the settings do not fit the backup."""


class NotEmpty(WrongPlace):
    """The database holds rows."""


class OtherTables(WrongPlace):
    """The tables of the database are not those of this release."""


class InUse(WrongPlace):
    """Processes of the platform run on the database."""


class NotTaken(WrongPlace):
    """The database failed while it was given the rows, whatever they are."""


class KeyMissing(WrongPlace):
    """A key of the audit trail is not in the settings."""
