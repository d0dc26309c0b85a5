"""Rows from a SOAP service: one operation of a WSDL, its answer read as JSON would be.

`arguments` are given by name, `order.number` for an element within another; an argument whose
parameter has no value is left out. `answer.rows` is a dotted path or a JSONPath below what the
operation answers; without it the answer itself is the row, or the rows where it is a list.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn, cast

import httpx
from lxml import etree

from lodge_adapters.access.http_client import Asked, Service, place_of
from lodge_adapters.access.http_content import Budget, content_of, media_of
from lodge_adapters.access.http_recording import (
    Recorded,
    Recording,
    documents_of,
    page_of,
    read_recording,
    recorded,
    written,
)
from lodge_adapters.access.http_status import judge
from lodge_adapters.access.source import Batch, Context, SlowSourceError, Values
from lodge_adapters.access.templates import text
from lodge_adapters.documents.batching import batched
from lodge_adapters.documents.json_fields import JsonFields
from lodge_adapters.documents.json_paths import compiled
from lodge_adapters.language import Format, Link, Soap
from lodge_platform.errors import MistakeError, RefusedError, SetUpError
from lodge_platform.lodge import Lodge
from lodge_platform.outgoing import Resolve, parse_allowed, resolve_by_system

if TYPE_CHECKING:
    from lodge_adapters.access.soap_client import Reply, SoapClient

_KIND = "soap"
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_FAULTS = (400, 500)
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN = (str, int, float, Decimal, bool, date, bytes, type(None))


class SoapSource:
    """A link's SOAP service; see `lodge_adapters.access.source.Source`.

    The WSDL is read at the first call and kept. Raises SetUpError for one that is no file beside
    the link and no address.
    """

    def __init__(
        self,
        name: str,
        link: Link,
        lodge: Lodge,
        folder: Path,
        *,
        resolve: Resolve = resolve_by_system,
    ) -> None:
        if link.access.soap is None:
            raise MistakeError(f"link {name}: not of the kind soap")
        self._link = link
        self._soap = link.access.soap
        self._folder = folder
        path = _beside(self._soap, folder)
        address = self._soap.address or (
            self._soap.wsdl if path is None else _location(path, self._soap)
        )
        self._calls = self._service(address, resolve)
        self._documents = self._calls if path else self._service(self._soap.wsdl, resolve)
        self._lock = Lock()
        self._kept: SoapClient | None = None

    @property
    def place(self) -> str:
        """Host and port that is called."""
        return self._calls.place

    def batches(self, values: Values, context: Context) -> Iterator[Batch]:
        """The rows of the answer."""
        carry = partial(self._carried, context)
        yield from self._rows(self._client(context).call(self._arguments(values), carry))

    def record(self, values: Values, context: Context) -> bytes:
        """The answer's envelope, and the documents that the WSDL's address led to."""
        pages: list[Recorded] = []

        def carry(address: str, message: bytes, headers: Mapping[str, str]) -> "Reply":
            reply = self._carried(context, address, message, headers)
            secrets = self._calls.secrets(context)
            pages.append(
                recorded(
                    reply.content, media=reply.media, status=reply.status_code, secrets=secrets
                )
            )
            return reply

        client = self._client(context)
        client.call(self._arguments(values), carry)
        documents = tuple(
            recorded(content, media="text/xml", address=address)
            for address, content in client.documents.items()
        )
        return written(Recording(_KIND, tuple(pages), documents))

    def replay(self, recorded: bytes, values: Values, context: Context) -> Iterator[Batch]:
        """The rows of a recorded answer."""
        from lodge_adapters.access.soap_client import Reply

        recording = read_recording(recorded, _KIND)
        documents = documents_of(recording)
        pages = [page_of(page) for page in recording.pages]
        if not pages:
            raise RefusedError("the recording has no answer")

        def fetch(address: str) -> bytes:
            if address not in documents:
                raise RefusedError("the recording lacks a document that its WSDL leads to")
            return documents[address]

        def carry(address: str, message: bytes, headers: Mapping[str, str]) -> Reply:
            return Reply(pages[0].content, pages[0].media, pages[0].status)

        yield from self._rows(self._made(fetch).call(self._arguments(values), carry))

    def write(self, values: Values, key: str, context: Context) -> NoReturn:
        """Never: SOAP has no key by which a second call would be known as the first."""
        raise SetUpError("a SOAP link does not write; allowed: sql, http, function")

    def close(self) -> None:
        """Give back every connection."""
        self._calls.close()
        self._documents.close()

    def _service(self, url: str, resolve: Resolve) -> Service:
        try:
            return Service(
                url,
                self._soap.authentication,
                allowed_here=parse_allowed(",".join(self._link.allowed)),
                at_once=self._link.limits.at_once,
                resolve=resolve,
            )
        except RefusedError as error:
            raise SetUpError(str(error)) from error

    def _client(self, context: Context) -> "SoapClient":
        if self._kept is not None:
            return self._kept
        if not self._lock.acquire(timeout=context.left()):
            raise SlowSourceError("out of time: another call reads the WSDL")
        try:
            if self._kept is None:
                budget = Budget(context)
                client = self._made(lambda address: self._fetched(address, context, budget))
                if not self._calls.may_follow(client.address):
                    raise SetUpError(
                        f"the WSDL leads to {place_of(httpx.URL(client.address))}; name it as "
                        "`address`, or in `allowed`"
                    )
                self._kept = client
            return self._kept
        finally:
            self._lock.release()

    def _made(self, fetch: Callable[[str], bytes]) -> "SoapClient":
        # Not every home has SOAP services, and the library takes its time.
        from lodge_adapters.access.soap_client import SoapClient

        return SoapClient(self._soap, self._folder, fetch, place=self.place)

    def _fetched(self, address: str, context: Context, budget: Budget) -> bytes:
        asked = Asked("GET", address, common={"accept": "text/xml, application/xml"})
        with self._documents.answer(asked, context) as response:
            where = place_of(response.request.url)
            return content_of(response, Format.XML, context, where=where, budget=budget).read()

    def _carried(
        self, context: Context, address: str, message: bytes, headers: Mapping[str, str]
    ) -> "Reply":
        from lodge_adapters.access.soap_client import Reply

        common = {name.lower(): said for name, said in headers.items()}
        asked = Asked("POST", address, common=common, content=message, faults=_FAULTS)
        with self._calls.answer(asked, context) as response:
            if response.status_code in _FAULTS and not media_of(response).endswith("xml"):
                judge(response, self.place, is_writing=False)
            budget = Budget(context)
            content = content_of(response, Format.XML, context, where=self.place, budget=budget)
            media = response.headers.get("content-type", "")
            return Reply(content.read(), media, response.status_code)

    def _arguments(self, values: Values) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, template in self._soap.arguments.items():
            said = text(template, values)
            if said is None:
                continue
            if _NOT_IN_XML.search(said):
                raise RefusedError(f"{name} has a character that XML cannot hold", field=name)
            _put(found, name, said)
        return found

    def _rows(self, result: Any) -> Iterator[Batch]:
        fields = JsonFields(self._link.answer.fields)
        path = self._link.answer.rows or "$"
        where = compiled(path if path.startswith("$") else f"$.{path}")
        found: Any = [] if result is None else where.values(_plain(result))
        if where.is_single and len(found) == 1 and isinstance(found[0], list):
            found = found[0]
        yield from batched((fields.pick(row) for row in found if row is not None), fields.names)


def _put(arguments: dict[str, Any], name: str, said: str) -> None:
    """`order.number` as an argument within another."""
    first, _, rest = name.partition(".")
    if not rest:
        arguments[first] = said
        return
    inner: Any = arguments.setdefault(first, {})
    if not isinstance(inner, dict):
        raise SetUpError(f"arguments: {name!r} lies in an argument that is plain text")
    _put(cast("dict[str, Any]", inner), rest, said)


def _plain(value: Any) -> Any:
    """Dicts, lists and what a cell may be; an element that the WSDL leaves open as its text."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}  # pyright: ignore
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]  # pyright: ignore
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, etree._Element):  # pyright: ignore[reportPrivateUsage]
        return etree.tostring(value, encoding="unicode", with_tail=False)
    return str(value)


def _beside(soap: Soap, folder: Path) -> Path | None:
    """The WSDL beside the link; None for one that is fetched."""
    if _ADDRESS.match(soap.wsdl):
        return None
    path = (folder / soap.wsdl).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise SetUpError(f"{soap.wsdl!r} is no file beside the link, and no address")
    return path


def _location(path: Path, soap: Soap) -> str:
    """The address that a WSDL names."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root: Any = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise SetUpError(f"{soap.wsdl} line {error.lineno}: not XML: {error.msg}") from error
    for address in root.iter("{*}address"):
        names = (soap.port, address.getparent().get("name"))
        location: str | None = address.get("location")
        if location and _ADDRESS.match(location) and names[0] in (None, names[1]):
            return location
    raise SetUpError(f"{soap.wsdl} names no address to call; give it as `address`")
