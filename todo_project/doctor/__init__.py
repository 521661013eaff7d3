"""`manage.py doctor`: what is well, what is not, and the command that mends it."""

from todo_project.doctor.examination import examine
from todo_project.doctor.findings import Finding, Level

__all__ = ["Finding", "Level", "examine"]
