"""The paths under /links: questions to links, their schemas and pages, and what is written."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from lodge_adapters.asking import OpenLinks
from lodge_adapters.callers import refuse_others
from lodge_adapters.web_asking import Asking
from lodge_adapters.web_pages import Pages
from lodge_adapters.web_replies import Reply, problem_answer, wanted_by
from lodge_adapters.web_writing import take_write, told_write
from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import Answer
from lodge_platform.api.cross_origin import headers_for, origins_in, preflight_headers
from lodge_platform.api.doorways import Admit, Doorway
from lodge_platform.api.problems import ApiProblem, problem_of
from lodge_platform.api.requests import Asked, accept_of, read_request
from lodge_platform.errors import MistakeError, NotFoundError
from lodge_platform.identity.actions import Action
from lodge_platform.links.asking import registered_links
from lodge_platform.lodge import Lodge
from lodge_platform.web.client_address import client_address, trusted_proxies
from lodge_platform.web.headers import api_headers
from lodge_platform.web.rights import sign_in_address

PREFIX = "/links/"
ROUTES = (
    ("GET", "/links/", Action.LINK_READ),
    ("GET", "/links/link-file.schema.json", Action.PUBLIC),
    ("GET", "/links/static/{file}", Action.PUBLIC),
    ("GET", "/links/{name}", Action.LINK_ASK),
    ("POST", "/links/{name}", Action.LINK_WRITE),
    ("GET", "/links/{name}/about", Action.LINK_ASK),
    ("GET", "/links/{name}/schema.json", Action.LINK_ASK),
    ("GET", "/links/{name}/schema.xsd", Action.LINK_ASK),
    ("GET", "/links/{name}/writes/{key}", Action.LINK_WRITE),
)
_ACTIONS = {(method, path.removeprefix(PREFIX)): action for method, path, action in ROUTES}


class LinksApplication:
    """Answers under /links."""

    def __init__(self, lodge: Lodge, admit: Admit) -> None:
        self._lodge = lodge
        self._admit = admit
        links = registered_links(lodge)
        if not isinstance(links, OpenLinks):
            raise MistakeError("links are answered by another room than /links")
        self._links = links
        self._base = api_headers(is_https=lodge.settings.is_https)
        self._asking = Asking(links, self._base)
        self._pages = Pages(links)
        self._origins = origins_in(lodge.settings.api_origins)
        self._is_behind_proxy = bool(trusted_proxies(lodge.settings.trusted_proxies))

    def close(self) -> None:
        """Write what is to be written, and give back every connection."""
        self._links.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        reply = Reply(send, self._base, is_head=scope["method"] == "HEAD")
        try:
            asked = read_request(scope, PREFIX, peer=self._peer(scope))
            reply.extra += headers_for(asked.header("origin"), self._origins)
            await self._answer(asked, receive, reply)
        except Exception as error:
            if reply.has_begun:
                raise
            problem = problem_of(error, f"{scope['method']} {scope['path']}")
            await reply.whole(self._told(problem, scope))

    def _peer(self, scope: Scope) -> str:
        if self._is_behind_proxy:
            return client_address(Request(scope), self._lodge.settings)
        peer: Sequence[str] | None = scope.get("client")
        return peer[0] if peer else ""

    async def _answer(self, asked: Asked, receive: Receive, reply: Reply) -> None:
        pattern, words = _matched(asked.path)
        method = "GET" if asked.method == "HEAD" else asked.method
        action = _ACTIONS.get((method, pattern))
        if method == "OPTIONS" or action is None:
            allowed = [("Allow", ", ".join(_methods(pattern)))]
            if method != "OPTIONS":
                detail = "This address does not take that method."
                raise ApiProblem(types.METHOD_NOT_ALLOWED, detail, headers=allowed)
            headers = allowed + preflight_headers(asked.header("origin"), self._origins)
            await reply.whole(Answer(204, headers=headers))
            return
        reader = await self._admit(asked, action, reply.extra)
        if pattern == "{name}" and method == "GET":
            await self._asking.answer(asked, words[0], reader, receive, reply)
            return
        if pattern == "{name}":
            known = self._links.library.get(words[0])
            refuse_others(known.name, known.link, reader)
            answer = await take_write(self._links, known, asked, reader, receive)
        elif pattern == "{name}/writes/{key}":
            known = self._links.library.get(words[0])
            refuse_others(known.name, known.link, reader)
            answer = await told_write(self._lodge, known, words[-1], asked, reader)
        else:
            answer = await self._pages.answer(pattern, words, asked, reader)
        await reply.whole(answer)

    def _told(self, problem: ApiProblem, scope: Scope) -> Answer:
        """The problem in the form that is wanted; a person is led to the sign-in from a page."""
        accept = accept_of(scope)
        path: str = scope["path"]
        is_page = path == PREFIX or path.endswith("/about")
        if is_page and problem.kind is types.NOT_SIGNED_IN and "text/html" in (accept or ""):
            return Answer(303, headers=[("Location", sign_in_address(path))])
        return problem_answer(problem, wanted_by(accept, scope["query_string"]))


def _matched(path: str) -> tuple[str, list[str]]:
    """The pattern of the path, and its words. Raises NotFoundError for a path of no pattern."""
    if path in ("", "link-file.schema.json"):
        return path, []
    words = path.split("/")
    if not all(words):
        raise NotFoundError("no such path")
    if len(words) == 1:
        return "{name}", words
    if len(words) == 2 and words[0] == "static":
        return "static/{file}", words
    if len(words) == 2 and words[1] in ("about", "schema.json", "schema.xsd"):
        return f"{{name}}/{words[1]}", words
    if len(words) == 3 and words[1] == "writes":
        return "{name}/writes/{key}", words
    raise NotFoundError("no such path")


def _methods(pattern: str) -> list[str]:
    found = {method for method, path in _ACTIONS if path == pattern}
    return sorted(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set()))


doorway = Doorway("/links", ROUTES, LinksApplication)
