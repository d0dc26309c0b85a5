"""File names that are safe to keep a download under, whatever the sender called it. Pure."""

import unicodedata

_MOST = 120
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)


def safe_file_name(given: str) -> str:
    """`given` without path, control, invisible or direction characters; never empty or hidden."""
    base = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in base if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    name = " ".join(shown.split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if len(name) > _MOST:
        name = (
            f"{stem[: _MOST - len(ending) - 1]}{dot}{ending}" if len(ending) < 20 else name[:_MOST]
        )
    if not name:
        return "attachment"
    return f"_{name}" if name.split(".")[0].lower() in _RESERVED else name
