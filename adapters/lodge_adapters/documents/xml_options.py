"""How libxml2 is told to read other people's XML, wherever we do."""

from typing import Any

OPTIONS: dict[str, Any] = {
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "resolve_entities": False,
    "huge_tree": False,
}
