"""What no schema can say of a request, so that each one is what its sender could really send.

An Idempotency-Key is fresh, a cursor came from a page before, and nobody takes their own rights
away halfway: LODGE_TEST_SPARED names the keys, by parameter, of what the run itself stands on.
"""

import json
import os
import re
import uuid
from typing import Any

import schemathesis

_KEY = re.compile(r"[!-~]{1,160}")
_SPARED: dict[str, list[int]] = json.loads(os.environ.get("LODGE_TEST_SPARED", "{}"))


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]
) -> None:
    """Make the request one that could be sent."""
    del context, kwargs
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and _KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = f"{key}{uuid.uuid4().hex}"
    if case.method != "GET":
        _spare(case)
    elif _is_good(case) and isinstance(case.query, dict):
        case.query.pop("after", None)
        if "wait" in case.query:  # an answer that is waited for is no slow one
            case.query["wait"] = min(int(case.query["wait"]), 1)


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Leave out XML that is made as JSON would be: there a number is a text as well, 1 is 1.0, and
    names of custom attributes are made alike."""
    del context
    if case.media_type != "application/xml":
        return True
    body = case.body if isinstance(case.body, dict) else {}
    is_plain = not body.get("attributes") and not any(isinstance(v, float) for v in body.values())
    return _is_good(case) and is_plain


@schemathesis.check
def well_formed_is_taken(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """What the schema allows is never refused for its form; a rule may refuse it as `refused`."""
    del context
    if response.status_code == 422 and _is_good(case):
        kind = response.json()["type"]
        assert kind.endswith("/refused"), response.text


def _spare(case: schemathesis.Case) -> None:
    for name, keys in _SPARED.items():
        if str((case.path_parameters or {}).get(name)) in map(str, keys):
            case.path_parameters[name] = 2**40
    if case.path.endswith("/configuration/rollback") and isinstance(case.body, dict):
        case.body["expect"] = 0


def _is_good(case: schemathesis.Case) -> bool:
    meta = case.meta
    return meta is not None and meta.generation.mode is schemathesis.GenerationMode.POSITIVE
