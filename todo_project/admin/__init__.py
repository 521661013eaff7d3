"""Admin pages of packages, and the system check that every admin page must pass."""

from todo_project.admin import schedule

__all__ = ["schedule"]  # Django imports this package for the pages that its modules register
