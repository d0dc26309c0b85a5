"""The link language: every word a link file may hold, and what it means.

    # links/customer_lookup.yaml
    title: Customer in the shop
    term: What the shop knows about who writes.
    parameters:
      - {name: email, type: text, required: true, from: customer.address, term: Mail address.}
    access:
      sql:
        url_secret: shop_url
        select: select id, name, tier from customers where email = :email
    answer:
      root: customers
      row: customer
      fields:
        - {name: number, from: id, type: integer, required: true, attribute: true, term: Key there.}
        - {name: name, sensitivity: personal, term: Name in the shop.}
        - {name: tier, term: gold or silver.}
    callers: {roles: [agent, supervisor]}
    panel: {title: In the shop}

The name of the link is the name of its file. `reading.read_link` makes these values of a file;
everything else interprets them.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from lodge_adapters.language_access import (
    Access,
    Authentication,
    Csv,
    Element,
    File,
    Format,
    Function,
    Http,
    Mart,
    Method,
    Name,
    OAuth,
    Paging,
    Said,
    Seconds,
    Soap,
    Sql,
)
from lodge_platform.vocabulary import Sensitivity


class Type(StrEnum):
    """What a value is. `decimal` keeps every digit; `instant` is kept in UTC."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"


class Parameter(Struct, frozen=True, kw_only=True, rename={"source": "from"}):
    """What an asker gives. `from` (here `source`): what of an activity fills it, such as
    customer.address or customer.attribute.tier. `pattern` must fit the whole value."""

    name: Name
    term: Said
    type: Type = Type.TEXT
    required: bool = False
    pattern: str | None = None
    longest: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    allowed: tuple[str, ...] = ()
    default: str | None = None
    source: str | None = None


class Contract(StrEnum):
    """What happens when the source is not as declared: an undeclared value, one of another type,
    one that is required and missing.

    - `freeze`: the answer is refused, and `lodge status` shows the breach
    - `evolve`: undeclared and ill-typed values are handed out as text, in `more`; noted
    - `discard`: undeclared values are left out, and rows with an ill-typed or missing required
      value; how many is said in the answer
    """

    FREEZE = "freeze"
    EVOLVE = "evolve"
    DISCARD = "discard"


class Field(Struct, frozen=True, kw_only=True, rename={"source": "from", "is_list": "list"}):
    """One value of a row. `from` (here `source`): the column, or JSONPath ($.a.b) or XPath below
    the row; its own name where nothing is said. `list`: any number of them. `fields`: a thing with
    values of its own. `attribute`: an XML attribute instead of an element."""

    name: Element
    term: Said
    source: str | None = None
    type: Type = Type.TEXT
    required: bool = False
    is_list: bool = False
    attribute: bool = False
    sensitivity: Sensitivity = Sensitivity.OPEN
    fields: "tuple[Field, ...]" = ()


class Answer(Struct, frozen=True, kw_only=True):
    """The form of every answer: a `root` element with any number of `row` elements.

    `rows`: where the rows of a document are, as JSONPath ($.orders[*]) or XPath (/list/order).
    `xslt`: a file beside the link that turns the source's XML into another before rows are read.
    """

    fields: tuple[Field, ...]
    root: Element = "rows"
    row: Element = "row"
    rows: str | None = None
    xslt: str | None = None


class Limits(Struct, frozen=True, kw_only=True):
    """How long one call may take in all, tries included; how many rows and bytes an answer may
    have; how often a source is tried; how many calls of this source may run at once."""

    seconds: Annotated[float, Meta(gt=0, le=300)] = 10.0
    rows: Annotated[int, Meta(ge=1, le=100_000_000)] = 10_000
    bytes: Annotated[int, Meta(ge=1, le=10_000_000_000)] = 10_000_000
    tries: Annotated[int, Meta(ge=1, le=10)] = 2
    at_once: Annotated[int, Meta(ge=1, le=64)] = 4


class Cache(Struct, frozen=True, kw_only=True):
    """How long an answer is good for, and how much longer when the source does not answer."""

    seconds: Annotated[float, Meta(ge=0, le=86_400)] = 0.0
    stale_if_error_seconds: Annotated[float, Meta(ge=0, le=2_592_000)] = 0.0


class Breaker(Struct, frozen=True, kw_only=True):
    """After `failures` in a row the source is left alone for `seconds`, then tried once."""

    failures: Annotated[int, Meta(ge=1, le=100)] = 5
    seconds: Seconds = 30.0


class Callers(Struct, frozen=True, kw_only=True):
    """Who may ask: holders of one of these roles, in one of these departments (of any where none is
    said). A link without callers answers nobody but the house itself and administrators."""

    roles: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()


class Form(StrEnum):
    """How a panel shows rows: `fields`, one under the other; `table`; `html`, made by an XSLT."""

    FIELDS = "fields"
    TABLE = "table"
    HTML = "html"


class Panel(Struct, frozen=True, kw_only=True):
    """The usage link in the console: shown beside an activity whose values fill the parameters."""

    title: Said
    form: Form = Form.TABLE
    xslt: str | None = None
    fields: tuple[str, ...] = ()
    empty: Said = "Nothing is known here."


class Land(Struct, frozen=True, kw_only=True):
    """Loaded into the reports store as `links.NAME`. With a `cursor`, a field that only grows, each
    load asks from its greatest value on, by `parameter`; without, each load takes all rows."""

    key: tuple[str, ...]
    cursor: str | None = None
    parameter: str | None = None


class Sample(Struct, frozen=True, kw_only=True):
    """A recorded call: parameters, the file of what the source said, the file of the answer."""

    name: Name
    given: dict[str, str] = {}
    recorded: str
    expected: str


class Link(Struct, frozen=True, kw_only=True):
    """A whole file. `writes`: asked by POST, carried to the source once, with an idempotent key.

    `allowed`: hosts (with port) and networks inside that this link alone may call, as the setting
    outgoing_allowed.
    """

    title: Said
    term: Said
    access: Access
    answer: Answer
    parameters: tuple[Parameter, ...] = ()
    contract: Contract = Contract.FREEZE
    limits: Limits = Limits()
    cache: Cache = Cache()
    breaker: Breaker = Breaker()
    callers: Callers = Callers()
    allowed: tuple[str, ...] = ()
    writes: bool = False
    panel: Panel | None = None
    land: Land | None = None
    samples: tuple[Sample, ...] = ()
    active: bool = True


__all__ = [
    "Access",
    "Answer",
    "Authentication",
    "Breaker",
    "Cache",
    "Callers",
    "Contract",
    "Csv",
    "Field",
    "File",
    "Form",
    "Format",
    "Function",
    "Http",
    "Land",
    "Limits",
    "Link",
    "Mart",
    "Method",
    "OAuth",
    "Paging",
    "Panel",
    "Parameter",
    "Sample",
    "Soap",
    "Sql",
    "Type",
]
