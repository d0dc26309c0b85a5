"""The fetching half of the link language: where rows come from, and how each kind is asked.

`language` has the other half and gives all of both; import from there.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Element = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,62}$")]
Said = Annotated[str, Meta(max_length=2000)]
Exact = Annotated[str, Meta(min_length=0, max_length=1000)]
Positive = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0, le=3600)]


class Sql(Struct, frozen=True, kw_only=True):
    """A database by a SQLAlchemy URL: plain without a password (`url`), or the name of a secret
    that holds all of it (`url_secret`), or both: then `password_secret`.

    One of `select` and `procedure`; values go in by `:name` alone. Reading is read-only by the
    database's own word; where SQLAlchemy cannot ask a database for it, `read_only_account: true`
    says that the account can write nothing. `write` is for links that write.
    """

    url: str | None = None
    url_secret: str | None = None
    password_secret: str | None = None
    select: str | None = None
    procedure: str | None = None
    arguments: tuple[str, ...] = ()
    write: str | None = None
    read_only_account: bool = False


class Method(StrEnum):
    """How an HTTP service is asked."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


class Format(StrEnum):
    """What a body or file is written in."""

    JSON = "json"
    JSON_LINES = "json_lines"
    XML = "xml"
    CSV = "csv"
    EXCEL = "excel"
    PARQUET = "parquet"


class Csv(Struct, frozen=True, kw_only=True):
    """How a CSV file is written. Without a `header`, columns are named by `columns`.

    `bad_lines`: what becomes of a line with another number of cells: `refuse` breaks the contract,
    `discard` leaves it out and says how many, `pad` fills missing cells with nothing.
    """

    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    quote: Annotated[str, Meta(min_length=1, max_length=1)] = '"'
    encoding: str = "utf-8"
    header: bool = True
    columns: tuple[str, ...] = ()
    skip: Count = 0
    nothing: tuple[Exact, ...] = ("",)
    bad_lines: Annotated[str, Meta(pattern="^(refuse|discard|pad)$")] = "refuse"


class OAuth(Struct, frozen=True, kw_only=True):
    """OAuth 2 client credentials: the token is asked for at `token_url` and kept until it ends."""

    token_url: str
    client: str
    client_secret: str
    scope: str | None = None
    in_body: bool = False


class Authentication(Struct, frozen=True, kw_only=True):
    """How we show who we are: at most one of user with password, bearer and OAuth, and perhaps a
    certificate. All values are names of secrets but `user`."""

    user: str | None = None
    password_secret: str | None = None
    bearer_secret: str | None = None
    header: str | None = None
    header_secret: str | None = None
    oauth: OAuth | None = None
    certificate_secret: str | None = None
    certificate_key_secret: str | None = None
    authority_secret: str | None = None


class Paging(Struct, frozen=True, kw_only=True):
    """How further pages are asked for; exactly one of the ways, until one brings no row.

    - `link_header`: the header Link with rel=next
    - `next`: JSONPath of the next page's address, or of a token for the parameter `token`
    - `page`: query parameter with the number of the page, from `first`
    - `offset`: query parameter with the number of rows to skip
    `size`, with its number `rows`: query parameter that says how many rows a page has.
    """

    link_header: bool = False
    next: str | None = None
    token: str | None = None
    page: str | None = None
    offset: str | None = None
    first: Count = 1
    size: str | None = None
    rows: Positive = 100
    most_pages: Positive = 1000


class Http(Struct, frozen=True, kw_only=True):
    """An HTTP service. `{name}` in `url`, `query` and `body` stands for a parameter, encoded for
    its place; it cannot change the host. `headers` are fixed texts. A body is `json` or a `form`.
    `not_found_is_empty`: the source says 404 where it knows nothing, which is an answer too."""

    url: str
    method: Method = Method.GET
    format: Format = Format.JSON
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    json: dict[str, str] | None = None
    form: dict[str, str] | None = None
    authentication: Authentication = Authentication()
    paging: Paging | None = None
    csv: Csv = Csv()
    not_found_is_empty: bool = False
    idempotency_header: str = "Idempotency-Key"


class Soap(Struct, frozen=True, kw_only=True):
    """A SOAP service by its WSDL: a file beside the link, or an address. `arguments` by name;
    `{name}` in them stands for a parameter."""

    wsdl: str
    operation: str
    service: str | None = None
    port: str | None = None
    address: str | None = None
    arguments: dict[str, str] = {}
    authentication: Authentication = Authentication()


class File(Struct, frozen=True, kw_only=True):
    """A file: exactly one of `path` (below the folder `link-files` of the home), `key` (in the file
    server) and `url` (by HTTP). `sheet` of a workbook: its name; the first where none is said.

    Parameters choose rows: `where` maps fields to parameters that must be equal.
    """

    format: Format
    path: str | None = None
    key: str | None = None
    url: str | None = None
    authentication: Authentication = Authentication()
    csv: Csv = Csv()
    sheet: str | None = None
    where: dict[str, str] = {}


class Mart(Struct, frozen=True, kw_only=True):
    """A table of the reports store, as last published: `where` maps columns to parameters that must
    be equal, `order` names columns, `-` in front turns it round."""

    table: Name
    where: dict[str, str] = {}
    order: tuple[str, ...] = ()


class Function(Struct, frozen=True, kw_only=True):
    """A Python function under the entry point group `lodge.link_functions`: it is called with the
    parameters by name and gives mappings, one a row."""

    name: Name


class Access(Struct, frozen=True, kw_only=True):
    """Where the rows come from: exactly one of these."""

    sql: Sql | None = None
    http: Http | None = None
    soap: Soap | None = None
    file: File | None = None
    mart: Mart | None = None
    function: Function | None = None
