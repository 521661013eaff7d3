from todo_project.tests.platform.fixtures import outage_seconds, templates

__all__ = ["outage_seconds", "templates"]
