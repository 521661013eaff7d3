"""A detector for detect-secrets: personal access tokens of this platform. It loads this file by its path."""

import re

from detect_secrets.plugins.base import RegexBasedDetector


class PersonalTokenDetector(RegexBasedDetector):
    """Finds the texts of `accounts_app/credentials/personal_tokens.py`."""

    secret_type = "Personal access token"  # noqa: S105 - the name of a kind
    denylist = (re.compile(r"todo_pat_[A-Za-z0-9_-]{43}"),)
