"""Which particulars of events are personal data or content. Pure.

What is not named here is content when it is text, so that a new field is not shown by mistake.
"""

from collections.abc import Mapping
from typing import Any

from lodge_platform.vocabulary import Sensitivity

# Words of ours, keys, instants and the like.
OPEN = frozenset(
    {
        *(
            "content_type",
            "due_at",
            "evidence",
            "expires_at",
            "kind",
            "language",
            "media",
            "mode",
            "new_state",
        ),
        *("old_state", "outcome", "raw_sha256", "reason_code", "rule", "severity", "stage"),
        *("status", "subtype", "to", "way"),
    }
)
PERSONAL = frozenset(
    {"address", "address_key", "name", "new_name", "old_name", "position", "reply"}
)
CONTENT = frozenset(
    {
        *(
            "attributes",
            "description",
            "detail",
            "filename",
            "sha256",
            "html",
            "new_text",
            "old_text",
            "reason",
        ),
        *("solution", "subject", "text", "title", "new_title", "old_title"),
    }
)
# The same name is another thing in these.
_OF_TYPE: Mapping[tuple[str, str], Sensitivity] = {
    ("activity_queued", "reason"): Sensitivity.OPEN,
    ("agent_state_changed", "reason"): Sensitivity.OPEN,
    ("offer_withdrawn", "reason"): Sensitivity.OPEN,
    ("customer_edited", "attributes"): Sensitivity.PERSONAL,
    ("article_folder_created", "name"): Sensitivity.OPEN,
    ("article_folder_edited", "name"): Sensitivity.OPEN,
}
# Keys of what went along, perhaps of departments the reader does not know: each has its own event.
NEVER = frozenset({"moved"})
_NESTED = frozenset({"changes"})


def sensitivity_of(type_code: str, name: str, value: Any) -> Sensitivity:
    """How sensitive one field of a payload is; SECRET is shown to nobody."""
    if name in NEVER:
        return Sensitivity.SECRET
    if (type_code, name) in _OF_TYPE:
        return _OF_TYPE[type_code, name]
    for words, sensitivity in (
        (OPEN, Sensitivity.OPEN),
        (PERSONAL, Sensitivity.PERSONAL),
        (CONTENT, Sensitivity.CONTENT),
    ):
        if name in words:
            return sensitivity
    return Sensitivity.OPEN if _is_plain(value) else Sensitivity.CONTENT


def shown(
    type_code: str, payload: Mapping[str, Any], *, personal: bool, content: bool
) -> tuple[dict[str, Any], list[str]]:
    """What of `payload` is shown to a reader with these rights, and the names of what is not."""
    allowed = {Sensitivity.OPEN}
    allowed |= {Sensitivity.PERSONAL} if personal else set()
    allowed |= {Sensitivity.CONTENT} if content else set()
    kept: dict[str, Any] = {}
    withheld: list[str] = []
    for name, value in payload.items():
        if name in _NESTED:
            inner: dict[str, Any] = {}
            changes: dict[str, Any] = value
            for place, change in changes.items():
                if sensitivity_of(type_code, place, _values_of(change)) in allowed:
                    inner[place] = change
                else:
                    withheld.append(f"{name}.{place}")
            kept[name] = inner
        elif sensitivity_of(type_code, name, value) in allowed:
            kept[name] = value
        else:
            withheld.append(name)
    return kept, sorted(withheld)


def _values_of(change: Any) -> Any:
    """Old and new value of a field that changed."""
    return [change.get("old"), change.get("new")] if isinstance(change, dict) else change  # pyright: ignore


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_plain(each) for each in value)  # pyright: ignore[reportUnknownVariableType]
    return value is None or isinstance(value, (bool, int, float))
