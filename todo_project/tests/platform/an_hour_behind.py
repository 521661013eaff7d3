"""Imported instead of the probe by processes whose host's clock is an hour behind."""

from datetime import timedelta

from todo_project.tests.platform import probe
from todo_project.tests.platform.wrong_clock import be_wrong_by

be_wrong_by(timedelta(hours=-1))
__all__ = ["probe"]
