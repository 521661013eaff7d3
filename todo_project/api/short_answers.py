"""Stores long answers of keyed calls as statuses, ids and versions; a replay shows the tasks as they are now.

{"id", "version"}                            a task
{"results": [{"status", "id", "version"}…]}  a bulk call; `code` for a refused operation, only `status` for one
                                             without a task in its answer
Other answers contain no tasks, are limited by the size of the call, and are stored completely.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils import timezone

from foundation.http.problems import Problem
from tasks_app.queries.tasks import rows_by_id

LONGEST: Final = 64 * 1024
_REFUSED: Final = "This operation was refused; the first answer said why."
Json = dict[str, Any]


def shorten(data: object) -> Json | None:
    """Return what is stored of an answer, or None for one without tasks."""
    if not isinstance(data, dict):
        return None
    if _is_task(data):
        return _reference(data)
    results = data.get("results")
    if isinstance(results, list) and all(isinstance(each, dict) and "status" in each for each in results):
        return {"results": [_short_result(each) for each in results]}
    return None


def lengthen(short: Json, *, user_id: int) -> Json:
    """Return the answer with each task as it is now, or with id and version where the task is gone."""
    if "results" not in short:
        return _tasks_now([short], user_id).get(short["id"], short)
    results = short["results"]
    tasks = _tasks_now([each for each in results if "id" in each], user_id)
    return {"results": list(_long_results(results, tasks))}


def _is_task(data: Mapping[str, Any]) -> bool:
    return {"id", "version", "title"} <= data.keys()


def _reference(task: Mapping[str, Any]) -> Json:
    return {"id": task["id"], "version": task["version"]}


def _short_result(result: Json) -> Json:
    kept = {"status": result["status"]}
    if task := result.get("task"):
        return kept | _reference(task)
    return kept | {"code": result["problem"]["code"]} if "problem" in result else kept


def _long_results(results: Sequence[Json], tasks: Mapping[int, Json]) -> Iterator[Json]:
    for index, each in enumerate(results):
        shown: Json = {"index": index, "status": each["status"]}
        if "code" in each:
            yield shown | {"problem": Problem(each["status"], each["code"], _REFUSED).document()}
        elif "id" not in each:
            yield shown
        else:
            task = tasks.get(each["id"])
            yield shown | (_reference(each) if task is None else {"task": task})


def _tasks_now(references: Sequence[Json], user_id: int) -> Mapping[int, Json]:
    return rows_by_id(user_id, {each["id"] for each in references}, now=timezone.now())
