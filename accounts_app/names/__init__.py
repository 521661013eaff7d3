"""Usernames: the rules for them, and the key that is the same for names that look the same.

`name_key` is imported here for migrations, which never change.
"""

from accounts_app.names.keys import name_key

__all__ = ["name_key"]
