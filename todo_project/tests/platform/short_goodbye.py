"""Imported instead of the probe by processes that keep the row of a deleted account for two seconds instead of 30."""

from datetime import timedelta

from accounts_app.operations import erasure
from todo_project.tests.platform import probe

erasure.ROW_KEPT = timedelta(seconds=2)  # type: ignore[misc] # this process alone is in a hurry
__all__ = ["probe"]
