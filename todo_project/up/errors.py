"""Why `up` refuses to start.

CannotStart            one sentence for people; exit code 2
├── PortTaken          `TODO_PORT` is set and something else listens there
├── NoFreePort         none of the ports that are tried by default
├── AddressRefused     this machine cannot listen at `TODO_HOST`
├── AlreadyRunning     another `up` holds the data folder
└── NoteRefused        the note beside the database cannot be written
"""


class CannotStart(Exception):
    """`up` cannot start with these settings; the message is one sentence that says what to change."""


class PortTaken(CannotStart):
    """The port of the settings is in use."""


class NoFreePort(CannotStart):
    """Every port of the default range is in use."""


class AddressRefused(CannotStart):
    """The address is not one of this machine, or the port needs rights that this user lacks."""


class AlreadyRunning(CannotStart):
    """Another platform runs on the data folder."""


class NoteRefused(CannotStart):
    """The note beside the database cannot be written: the folder is not ours, or the disk is full."""
