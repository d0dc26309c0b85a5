"""What an access must hold to be used: one way each, and parameters that are declared."""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError
from yaml.nodes import Node

from lodge_adapters.language import Authentication, File, Http, Link, Paging, Soap, Sql
from lodge_platform.configuring.lines import Place
from lodge_platform.errors import nearest

PLACE = re.compile(r"\{([a-z][a-z0-9_]{0,62})\}")
"""`{name}` in a URL, query, header or body: a parameter."""


def refuse_odd_access(link: Link, names: Sequence[str], node: Node, place: Place) -> None:
    """Raise RefusedError, naming the line, for an access that could never be used."""
    access = link.access
    writes = access.http is not None or access.sql is not None or access.function is not None
    if link.writes and not writes:
        raise place.refusal(node, "a link that writes goes to sql, http or function")
    if access.sql is not None:
        _sql(access.sql, link, names, node, place.at("sql"))
    if access.http is not None:
        _http(access.http, names, node, place.at("http"))
    if access.soap is not None:
        _soap(access.soap, names, node, place.at("soap"))
    if access.file is not None:
        _file(access.file, link, names, node, place.at("file"))
    if access.mart is not None:
        _known(access.mart.where.values(), names, node, place.at("mart.where"))


def _sql(sql: Sql, link: Link, names: Sequence[str], node: Node, place: Place) -> None:
    if (sql.url is None) == (sql.url_secret is None):
        raise place.refusal(node, "give `url` or `url_secret`, one of them")
    if sql.url is not None:
        try:
            has_password = make_url(sql.url).password is not None
        except ArgumentError as error:
            raise place.at("url").refusal(
                node, "that is not a SQLAlchemy URL; write it as postgresql://user@host/database"
            ) from error
        if has_password:
            raise place.at("url").refusal(
                node, "a password stands in the URL; name it by `password_secret`"
            )
    ways = [sql.write] if link.writes else [sql.select, sql.procedure]
    if sum(1 for way in ways if way is not None) != 1:
        said = "`write`" if link.writes else "one of `select` and `procedure`"
        raise place.refusal(node, f"give {said}")
    if sql.arguments and sql.procedure is None:
        raise place.at("arguments").refusal(node, "arguments are those of a procedure")
    _known(sql.arguments, names, node, place.at("arguments"))
    statement = sql.write if link.writes else sql.select
    if statement is not None:
        used = set(text(statement)._bindparams)  # pyright: ignore[reportPrivateUsage]
        own = {"idempotency_key"} if link.writes else set[str]()
        _known(sorted(used - own), names, node, place)


def _http(http: Http, names: Sequence[str], node: Node, place: Place) -> None:
    host = re.match(r"[a-z]+://[^/?#]*", http.url)
    if host is None:
        raise place.at("url").refusal(
            node, f"{http.url[:100]!r} is no URL; write it as https://example.org/path"
        )
    if PLACE.search(host[0]):
        raise place.at("url").refusal(node, "a parameter cannot choose the host")
    said = [http.url, *http.query.values(), *(http.json or {}).values()]
    said += (http.form or {}).values()
    _known(_places(said), names, node, place)
    if http.json is not None and http.form is not None:
        raise place.refusal(node, "give `json` or `form`, one of them")
    if http.paging is not None:
        _paging(http.paging, node, place.at("paging"))
    _authentication(http.authentication, node, place.at("authentication"))


def _soap(soap: Soap, names: Sequence[str], node: Node, place: Place) -> None:
    _known(_places(soap.arguments.values()), names, node, place.at("arguments"))
    _authentication(soap.authentication, node, place.at("authentication"))


def _file(file: File, link: Link, names: Sequence[str], node: Node, place: Place) -> None:
    if sum(1 for way in (file.path, file.key, file.url) if way is not None) != 1:
        raise place.refusal(node, "give `path`, `key` or `url`, one of them")
    _known(file.where.values(), names, node, place.at("where"))
    fields = [field.name for field in link.answer.fields]
    _known(file.where, fields, node, place.at("where"), kind="field")
    if file.format == "csv" and not file.csv.header and not file.csv.columns:
        raise place.at("csv").refusal(node, "without a header the columns need names in `columns`")
    _authentication(file.authentication, node, place.at("authentication"))


def _paging(paging: Paging, node: Node, place: Place) -> None:
    ways = [paging.link_header or None, paging.next, paging.page, paging.offset]
    if sum(1 for way in ways if way is not None) != 1:
        raise place.refusal(node, "give one of link_header, next, page, offset")
    if paging.token is not None and paging.next is None:
        raise place.refusal(node, "`token` goes with `next`")


def _authentication(given: Authentication, node: Node, place: Place) -> None:
    ways = [given.user, given.bearer_secret, given.header, given.oauth]
    if sum(1 for way in ways if way is not None) > 1:
        raise place.refusal(node, "give at most one of user, bearer_secret, header, oauth")
    pairs = (
        ("user", "password_secret"),
        ("header", "header_secret"),
        ("certificate_secret", "certificate_key_secret"),
    )
    for one, other in pairs:
        if (getattr(given, one) is None) != (getattr(given, other) is None):
            raise place.refusal(node, f"`{one}` and `{other}` go together")


def _places(said: Iterable[str]) -> list[str]:
    return [name for one in said for name in PLACE.findall(one)]


def _known(
    used: Iterable[str],
    names: Sequence[str],
    node: Node,
    place: Place,
    *,
    kind: str = "parameter",
) -> None:
    for name in used:
        if name not in names:
            hint = nearest(name, names) if names else "the link declares none"
            raise place.refusal(node, f"{name!r} is no {kind}; {hint}")
