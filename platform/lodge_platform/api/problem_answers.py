"""A problem as an answer: JSON, or the XML form of RFC 9457 for those who want XML more."""

from collections.abc import Mapping
from typing import Any

from lodge_platform.api.answers import JSON, PROBLEM, PROBLEM_XML, XML, Answer
from lodge_platform.api.problems import ApiProblem
from lodge_platform.api.requests import weight
from lodge_platform.api.xml_words import writable

# The namespace that RFC 9457, appendix B, kept from the RFC before it.
_NAMESPACE = "urn:ietf:rfc:7807"


def problem_answer(problem: ApiProblem, accept: str | None) -> Answer:
    """The problem in the form that the header Accept wants more; JSON where it says nothing."""
    is_xml = accept is not None and _most(accept, PROBLEM_XML, XML) > _most(accept, PROBLEM, JSON)
    content = _xml(problem.values()) if is_xml else problem.body()
    media = PROBLEM_XML if is_xml else PROBLEM
    return Answer(int(problem.kind.status), content, media, problem.headers)


def _most(accept: str, *media: str) -> float:
    return max(weight(accept, one) for one in media)


def _xml(values: Mapping[str, Any]) -> bytes:
    inner = "".join(_element(name, value) for name, value in values.items())
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<problem xmlns="{_NAMESPACE}">{inner}</problem>\n'.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        inner = "".join(_element(key, one) for key, one in value.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    elif isinstance(value, list):
        inner = "".join(_element("i", one) for one in value)  # pyright: ignore[reportUnknownVariableType]
    else:
        inner = writable(str(value))
    return f"<{name}>{inner}</{name}>"
