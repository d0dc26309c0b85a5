"""The peer of `lodge bench api`: bare Starlette, the same queries, and nothing else.

    python -m lodge_core.api.bench_peer FILE

FILE is JSON: the port, the store, and for each path the query as our API asks it. It recognises
nobody, checks nothing, and answers rows as JSON.
"""

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import orjson
import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def application_of(plan: dict[str, Any]) -> Starlette:
    """The application that `plan` describes."""
    ask = _sqlite(plan["store"]) if plan["is_sqlite"] else _postgresql(plan["store"])

    async def item(request: Request) -> Response:
        given = {plan["key"]: int(request.path_params["key"])}
        rows = await ask(plan["item"], given)
        return _json(dict(zip(plan["names"], rows[0], strict=False)))

    async def page(_request: Request) -> Response:
        rows = await ask(plan["list"], {})
        return _json([dict(zip(plan["names"], row, strict=False)) for row in rows[:50]])

    return Starlette(routes=[Route("/things/{key}", item), Route("/things", page)])


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")


def _sqlite(path: str) -> Any:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)

    async def ask(statement: dict[str, Any], given: dict[str, Any]) -> list[Any]:
        values = statement["parameters"] | given
        bound = [values[name] for name in statement["order"]]
        return connection.execute(statement["sql"], bound).fetchall()

    return ask


def _postgresql(address: str) -> Any:
    idle: list[psycopg.AsyncConnection[Any]] = []

    async def ask(statement: dict[str, Any], given: dict[str, Any]) -> list[Any]:
        connection = (
            idle.pop()
            if idle
            else await psycopg.AsyncConnection.connect(
                address, autocommit=True, prepare_threshold=2
            )
        )
        cursor = await connection.execute(statement["sql"], statement["parameters"] | given)
        rows = await cursor.fetchall()
        idle.append(connection)
        return rows

    return ask


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    uvicorn.run(
        application_of(read),
        host="127.0.0.1",
        port=read["port"],
        access_log=False,
        log_level="warning",
    )
