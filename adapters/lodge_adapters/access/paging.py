"""Which page comes next: decided from what the last one said. Pure.

pages = Pages(paging, "https://shop.example/orders")
url = pages.first
while url is not None:
    ...
    url = pages.after(Answered(url, link=header, document=body, rows=100))
"""

import re
from typing import Any, NamedTuple

from lodge_adapters.access.http_client import joined
from lodge_adapters.access.source import BrokenSourceError, TooLargeError
from lodge_adapters.access.templates import with_query
from lodge_adapters.documents.json_paths import compiled
from lodge_adapters.documents.json_rows import json_value
from lodge_adapters.language import Format, Paging
from lodge_platform.errors import SetUpError

_BETWEEN_LINKS = re.compile(r",\s*(?=<)")
_LONGEST_TOKEN = 1500


class Answered(NamedTuple):
    """A page that was read: its own address, its header Link, its body where `wants_document`, and
    how many rows it had."""

    url: str
    link: str = ""
    document: bytes | None = None
    rows: int = 0


class Pages:
    """The addresses of one call's pages. Raises SetUpError for paging that cannot be used."""

    def __init__(self, paging: Paging | None, url: str, *, format: Format, place: str) -> None:
        self._paging = paging
        self._place = place
        self._read = 1
        self._rows = 0
        self._begin = url
        if paging is not None:
            if paging.next is not None and format is not Format.JSON:
                raise SetUpError("`next` is a JSONPath, so it goes with `format: json` alone")
            self._begin = with_query(url, self._size() | self._place_of_first())
        self._seen = {self._begin}

    @property
    def first(self) -> str:
        """The first page's address."""
        return self._begin

    @property
    def wants_document(self) -> bool:
        """Whether the next address is in the body."""
        return self._paging is not None and self._paging.next is not None

    def after(self, answered: Answered) -> str | None:
        """The next page's address; None after the last.

        Raises BrokenSourceError for an address that was read before, or is none; TooLargeError for
        more than `most_pages`.
        """
        paging = self._paging
        if paging is None or not answered.rows:
            return None
        self._rows += answered.rows
        url = self._next(paging, answered)
        if url is None:
            return None
        if url in self._seen:
            raise BrokenSourceError(f"{self._place}: page {self._read} leads back to one before it")
        if self._read >= paging.most_pages:
            raise TooLargeError(f"{self._place}: more than {paging.most_pages} pages")
        self._seen.add(url)
        self._read += 1
        return url

    def _next(self, paging: Paging, answered: Answered) -> str | None:
        if paging.page is not None:
            return with_query(self._begin, {paging.page: str(paging.first + self._read)})
        if paging.offset is not None:
            return with_query(self._begin, {paging.offset: str(self._rows)})
        if paging.link_header:
            return self._joined(answered.url, next_in_header(answered.link))
        said = self._said(paging.next or "$", answered.document or b"")
        if said is None or paging.token is None:
            return self._joined(answered.url, said)
        return with_query(self._begin, {paging.token: said})

    def _joined(self, url: str, said: str | None) -> str | None:
        if said is None:
            return None
        try:
            return joined(url, said)
        except ValueError as error:
            raise BrokenSourceError(f"{self._place}: the next page has no address") from error

    def _said(self, path: str, document: bytes) -> str | None:
        """The text or number at the end of `path`; None for nothing, null, false and ""."""
        found: list[Any] = compiled(path).values(json_value(document, self._place))
        value = found[0] if found else None
        if value is None or value is False or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise BrokenSourceError(f"{self._place}: {path} is neither text nor a whole number")
        said = str(value)
        if len(said) > _LONGEST_TOKEN:
            raise BrokenSourceError(f"{self._place}: {path} is longer than {_LONGEST_TOKEN}")
        return said

    def _size(self) -> dict[str, str]:
        paging = self._paging
        if paging is None or paging.size is None:
            return {}
        return {paging.size: str(paging.rows)}

    def _place_of_first(self) -> dict[str, str]:
        paging = self._paging
        if paging is not None and paging.page is not None:
            return {paging.page: str(paging.first)}
        if paging is not None and paging.offset is not None:
            return {paging.offset: "0"}
        return {}


def next_in_header(link: str) -> str | None:
    """The address with rel=next in a header Link (RFC 8288); None where there is none."""
    for one in _BETWEEN_LINKS.split(link):
        address, _, rest = one.strip().removeprefix("<").partition(">")
        for said in rest.split(";"):
            name, _, value = said.partition("=")
            is_relation = name.strip().lower() == "rel"
            if is_relation and "next" in value.strip().strip('"').lower().split():
                return address.strip()
    return None
