"""Paths of a link tried out before there is a document: a slip shows when the link is opened."""

from collections.abc import Iterator

from lodge_adapters.answers.fields import source_name
from lodge_adapters.documents import json_paths, xml_paths
from lodge_adapters.language import Answer, Field, Format

_JSON = (Format.JSON, Format.JSON_LINES, Format.PARQUET)


def check_paths(answer: Answer, format: Format) -> None:
    """Raise SetUpError for the first of `rows` and the fields' sources that is no path of the
    format. What a prefix in an XPath means is only known with a document."""
    paths = [source_name(field) for field in _all(answer.fields)]
    if format is Format.XML:
        for path in (answer.rows or "/*/*", *paths):
            spaces: dict[str | None, str] = {
                prefix: f"urn:{prefix}" for prefix in xml_paths.prefixes(path)
            }
            xml_paths.compiled(path, spaces, "link")
    elif format in _JSON:
        for path in (answer.rows or "$", *(path for path in paths if path.startswith("$"))):
            json_paths.compiled(path)


def _all(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _all(field.fields)
