"""`manage.py doctor`: findings about an installation, each with the command that repairs it."""

from todo_project.doctor.examination import examine
from todo_project.doctor.findings import Finding, Level

__all__ = ["Finding", "Level", "examine"]
