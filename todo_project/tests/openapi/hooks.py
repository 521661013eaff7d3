"""What Schemathesis does beside its own: formats that it has no values for, ids of things that are there, rules.

Loaded by its process, not by ours: no Django here. FUZZED_URL says where the API is; FUZZED_TOKEN, FUZZED_NAME and
FUZZED_PASSWORD say who calls.
"""

import os
import re
from itertools import count
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import (  # type: ignore[attr-defined] # the only place of these names
    AcceptedNegativeData,
    RejectedPositiveData,
)

from todo_project.tests.openapi.prepared import Prepared

_WORDS = ("daily", "weekdays", "weekly", "monthly", "yearly")
_DAYS = st.lists(st.sampled_from(("MO", "TU", "WE", "TH", "FR", "SA", "SU")), min_size=1, unique=True)
_ENDS = st.one_of(
    st.just(""), st.integers(1, 9999).map(";COUNT={}".format), st.just(";UNTIL=99981231T000000Z")
)
_rules = st.one_of(
    st.sampled_from(_WORDS),
    st.builds("FREQ=DAILY;INTERVAL={}{}".format, st.integers(1, 999), _ENDS),
    st.builds("RRULE:FREQ=WEEKLY;BYDAY={}{}".format, _DAYS.map(",".join), _ENDS),
    st.builds("FREQ=MONTHLY;BYMONTHDAY={};INTERVAL={}".format, st.integers(1, 28), st.integers(1, 11)),
    st.builds("FREQ=MONTHLY;BYDAY={}MO;BYSETPOS=1".format, st.integers(1, 4)),
    st.builds("FREQ=YEARLY;BYMONTH={}{}".format, st.integers(1, 12), _ENDS),
)
_offsets = st.one_of(
    st.builds("-P{}D".format, st.integers(0, 3000)),
    st.builds("-PT{}H{}M".format, st.integers(0, 999), st.integers(0, 999)),
    st.builds(
        "{} {}".format, st.integers(0, 500), st.sampled_from(("minutes", "hours before", "d", "weeks"))
    ),
)
schemathesis.openapi.format("rrule", _rules)
schemathesis.openapi.format("reminder-offset", _offsets)

_KEY = re.compile("[!-~]{1,255}")
_keys = count(1)
_prepared = Prepared(
    os.environ["FUZZED_URL"],
    os.environ["FUZZED_TOKEN"],
    {"username": os.environ["FUZZED_NAME"], "password": os.environ["FUZZED_PASSWORD"]},
)


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Have a call that is right in every part meet something that is there; a chain of calls has ids of its own."""
    headers: Any = case.headers or {}
    if _KEY.fullmatch(str(headers.get("Idempotency-Key", ""))):
        # Else the answer may be that of an earlier call with this key, which is right and says nothing of this one.
        headers["Idempotency-Key"] = f"call-{next(_keys)}"
    if "sign_in_id" in (case.path_parameters or {}):
        # An id that a list has shown may be that of the calls' own sign-in, and they would be signed out.
        case.path_parameters["sign_in_id"] = _prepared.other_sign_in_id()
    meta = case.meta
    if meta is None or meta.generation.mode.is_negative or meta.phase.name is TestPhase.STATEFUL:
        return
    if "If-Match" in headers:
        headers["If-Match"] = "*"  # Schemathesis writes tags of its own, which the pattern does not have
    for name in case.path_parameters or {}:
        case.path_parameters[name] = _prepared.id_for(name, case.operation.path)


def _is_refused_in_part(response: Response) -> bool:
    """Whether a bulk call that is not atomic says of the operations that are wrong that they are."""
    return response.status_code == 207 and any(each["status"] >= 400 for each in response.json()["results"])


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """Keep a failure, but for a right body that was refused by a rule which the document states beside its schema, and
    for operations that a bulk call refuses each for itself.
    """
    if isinstance(failure, AcceptedNegativeData):
        return not _is_refused_in_part(response)
    if not isinstance(failure, RejectedPositiveData) or response.status_code != 400:
        return True
    problem = response.json()
    codes = {each["code"] for each in problem["errors"]} or {problem["code"]}
    return not codes <= set(case.operation.definition.raw.get("x-rules", {}))
