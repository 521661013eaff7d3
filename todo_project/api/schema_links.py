"""Links of the OpenAPI document: which calls take the id that an answer holds."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from inflection import camelize

Paths = Mapping[str, Mapping[str, dict[str, Any]]]
# By operation: the status of the answer, what calls name its id, and the resource that they are about.
_MAKERS: Final = {
    "create_task": ("201", "task_id", "/api/tasks/"),
    "create_tag": ("201", "tag_id", "/api/tags/"),
    "create_view": ("201", "view_id", "/api/views/"),
    "create_personal_token": ("201", "token_id", "/api/auth/personal-tokens/"),
    "add_reminder": ("201", "reminder_id", "/api/reminders/"),
}


def link_answers(paths: Paths) -> None:
    """Add to each answer with a new id the calls that take it."""
    for operation in _operations(paths):
        maker = _MAKERS.get(operation["operationId"])
        if maker is not None:
            status, parameter, root = maker
            operation["responses"][status]["links"] = dict(_links(paths, parameter, root))


def _operations(paths: Paths) -> Iterator[dict[str, Any]]:
    for calls in paths.values():
        yield from calls.values()


def _links(paths: Paths, parameter: str, root: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, calls in paths.items():
        if path.startswith(root) and f"{{{parameter}}}" in path:
            for operation in calls.values():
                name = operation["operationId"]
                link = {"operationId": name, "parameters": {parameter: "$response.body#/id"}}
                yield camelize(name), link
