from todo_project.tests.platform.fixtures import templates

__all__ = ["templates"]
