"""The SOAP library in one place: a WSDL read, an operation called, everything carried by others.

The library itself reaches no network and no file: addresses are asked of `fetch`, files are read
below the link's folder alone, envelopes are carried by whoever calls.
"""

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml.etree import QName
from zeep import Client, Plugin, Settings, Transport
from zeep import exceptions as zeep_errors
from zeep import helpers as zeep_helpers
from zeep.wsdl.bindings.soap import SoapBinding
from zeep.wsdl.messages import DocumentMessage

from lodge_adapters.access.source import BrokenSourceError, SourceRefusedError
from lodge_adapters.language import Soap
from lodge_platform.errors import RefusedError, SetUpError, nearest

_MOST_DOCUMENTS = 100
_SHOWN = 80
_REFUSING_FAULTS = ("client", "sender")


@dataclass(frozen=True)
class Reply:
    """An answer as the library reads it."""

    content: bytes
    media: str
    status_code: int = 200
    encoding: str = "utf-8"
    headers: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", {"Content-Type": self.media or "text/xml"})


Fetch = Callable[[str], bytes]
"""A document by its address."""
Carry = Callable[[str, bytes, Mapping[str, str]], Reply]
"""Carries an envelope to an address, with headers."""


class SoapClient:
    """One WSDL with all it leads to, read once. `documents` are those that had to be fetched.

    Raises SetUpError for a WSDL that cannot be used, and what `fetch` raises.
    """

    def __init__(self, soap: Soap, folder: Path, fetch: Fetch, *, place: str) -> None:
        self._place = place
        self._carrier = _Carrier(fetch, None if is_address(soap.wsdl) else folder)
        source = soap.wsdl if is_address(soap.wsdl) else str(folder / soap.wsdl)
        try:
            client: Any = Client(
                source,
                transport=self._carrier,
                settings=_settings(),
                plugins=[_Expecting(place)],  # pyright: ignore[reportArgumentType]
            )
            port = _port(client, soap)
        except zeep_errors.Error as error:
            raise SetUpError(f"{soap.wsdl}: {_why(error)}") from error
        except (ValueError, LookupError, NotImplementedError, AttributeError) as error:
            raise SetUpError(f"{soap.wsdl} is not a WSDL that can be used") from error
        operations = port.binding.all()
        if soap.operation not in operations:
            raise SetUpError(f"operation {soap.operation!r}: {nearest(soap.operation, operations)}")
        self.address = str(soap.address or port.binding_options["address"])
        self._service = client.create_service(str(port.binding.name), self.address)
        self._operation = soap.operation

    @property
    def documents(self) -> Mapping[str, bytes]:
        """Fetched documents by address."""
        return self._carrier.documents

    def call(self, arguments: Mapping[str, Any], carry: Carry) -> Any:
        """What the operation answers: dicts, lists and plain values.

        Raises RefusedError for arguments that it does not take and for a fault that says so,
        BrokenSourceError for any other fault and an answer that is not as the WSDL says.
        """
        token = _CARRY.set(carry)
        lost: list[str] = []
        losing = _LOST.set(lost)
        try:
            result = self._service[self._operation](**arguments)
        except zeep_errors.Fault as error:
            raise self._fault(error) from error
        except zeep_errors.ValidationError as error:
            raise RefusedError(f"{self._operation} does not take this: {_why(error)}") from error
        except zeep_errors.Error as error:
            raise BrokenSourceError(f"{self._place}: {_why(error)}") from error
        except TypeError as error:
            said = str(error).partition(". Signature")[0]
            raise SetUpError(f"{self._operation}: {said[:200]}") from error
        except (ValueError, ArithmeticError, LookupError, AttributeError) as error:
            raise BrokenSourceError(
                f"{self._place}: the answer is not as the WSDL says ({type(error).__name__})"
            ) from error
        finally:
            _CARRY.reset(token)
            _LOST.reset(losing)
        if lost:
            raise BrokenSourceError(
                f"{self._place}: {len(lost)} values are not of the types that the WSDL says"
            )
        helpers: Any = zeep_helpers
        return helpers.serialize_object(result, dict)

    def _fault(self, error: Any) -> Exception:
        code = str(error.code or "").rpartition(":")[2]
        said = " ".join(str(error.message or "").split())[:_SHOWN]
        plain = f"{self._place} answers with the fault {code[:40] or 'unknown'}"
        if code.partition(".")[0].lower() in _REFUSING_FAULTS:
            return SourceRefusedError(f"{plain}: {said}", plain)
        return BrokenSourceError(f"{plain}: {said}")


def is_address(wsdl: str) -> bool:
    """Whether a WSDL is fetched; else it is a file beside the link."""
    return urlsplit(wsdl).scheme in ("http", "https")


_CARRY: ContextVar[Carry] = ContextVar("carry")
_LOST: ContextVar[list[str]] = ContextVar("lost")


class _Losing(logging.Filter):
    """The library makes nothing of a value of another type, and logs the value: it must be neither
    lost without a word nor in a log."""

    def filter(self, record: logging.LogRecord) -> bool:
        _LOST.get([]).append(record.name)
        return False


for _name in ("zeep.xsd.types.simple", "zeep.xsd.elements.attribute"):
    logging.getLogger(_name).addFilter(_Losing())


class _Carrier(Transport):
    """In place of the library's own transport, whose session is never made."""

    def __init__(self, fetch: Fetch, folder: Path | None) -> None:
        self._close_session = False
        self._fetch = fetch
        self._folder = folder
        self.documents: dict[str, bytes] = {}

    def load(self, url: Any) -> bytes:
        """A WSDL or schema."""
        said = str(url)
        if urlsplit(said).scheme in ("http", "https"):
            if said not in self.documents:
                if len(self.documents) >= _MOST_DOCUMENTS:
                    raise SetUpError(f"the WSDL leads to more than {_MOST_DOCUMENTS} documents")
                self.documents[said] = self._fetch(said)
            return self.documents[said]
        if self._folder is None or "://" in said:
            raise SetUpError("the WSDL leads to a file; only addresses may follow an address")
        path = Path(said).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise SetUpError(f"the WSDL leads to {path.name!r} outside of the link's folder")
        try:
            return path.read_bytes()
        except OSError as error:
            raise SetUpError(f"{path.name!r} is no file beside the link") from error

    def post(self, address: Any, message: Any, headers: Any) -> Any:
        """Carry an envelope."""
        return _CARRY.get()(str(address), message, dict(headers))

    def get(self, address: Any, params: Any, headers: Any) -> Any:
        """Never: only SOAP bindings are used."""
        raise SetUpError("a SOAP operation is called by POST")


class _Expecting(Plugin):
    """The library takes any element for an operation's answer; here it must be the declared one."""

    def __init__(self, place: str) -> None:
        self._place = place

    def ingress(self, envelope: Any, http_headers: Any, operation: Any) -> Any:
        """What came, unchanged. Raises BrokenSourceError for another element."""
        output = operation.output
        wanted: Any = getattr(getattr(output, "body", None), "qname", None)
        if not isinstance(output, DocumentMessage) or wanted is None or wanted.localname == "Body":
            return envelope, http_headers
        body: Any = envelope.find("{*}Body")
        found: Any = None if body is None or not len(body) else QName(body[0])
        if found is None or (found.localname != "Fault" and found.text != wanted.text):
            said = "nothing" if found is None else repr(found.localname[:_SHOWN])
            raise BrokenSourceError(
                f"{self._place}: expected {wanted.localname} as the WSDL says, found {said}"
            )
        return envelope, http_headers

    def egress(self, envelope: Any, http_headers: Any, operation: Any, binding_options: Any) -> Any:
        """What goes out, unchanged."""
        return envelope, http_headers


def _settings() -> Any:
    return Settings(strict=True, forbid_dtd=True, forbid_entities=True, xml_huge_tree=False)  # pyright: ignore


def _port(client: Any, soap: Soap) -> Any:
    """The port that is named, or the first that speaks SOAP."""
    services: dict[str, Any] = dict(client.wsdl.services)
    if soap.service is not None and soap.service not in services:
        raise SetUpError(f"service {soap.service!r}: {nearest(soap.service, services)}")
    chosen = [services[soap.service]] if soap.service is not None else list(services.values())
    ports: dict[str, Any] = {
        name: port
        for service in chosen
        for name, port in service.ports.items()
        if isinstance(port.binding, SoapBinding)
    }
    if soap.port is not None and soap.port not in ports:
        raise SetUpError(f"port {soap.port!r}: {nearest(soap.port, ports)}")
    if not ports:
        raise SetUpError(f"{soap.wsdl} has no service that speaks SOAP")
    return ports[soap.port] if soap.port is not None else next(iter(ports.values()))


def _why(error: Any) -> str:
    """What the library says, without what it was given."""
    match error:
        case zeep_errors.DTDForbidden():
            return "a document type is not allowed"
        case zeep_errors.EntitiesForbidden():
            return "entities are not allowed"
        case zeep_errors.TransportError():
            return "expected a SOAP envelope, found something else"
        case zeep_errors.ValidationError():
            return str(error)[:200]
        case zeep_errors.XMLSyntaxError():
            return "it is not XML, or not a SOAP envelope"
        case _:
            return f"not as the WSDL says ({type(error).__name__}: {str(error)[:_SHOWN]})"
