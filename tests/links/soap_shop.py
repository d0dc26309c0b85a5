"""A SOAP service of orders at a real server, and links to it; its WSDL lies in the samples."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from fixtures.receiver import Answer, Received, Receiver
from links.http_links import Asked, Asking

SAMPLES = Path(__file__).parents[1] / "samples" / "links" / "soap"
TYPES = "{urn:example:shop:types}"
ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>'
ORDER = (
    '<order tier="gold"><number>%d</number><price>19.90</price><placed>2026-01-05</placed>'
    "<changed>2026-01-05T10:00:00+01:00</changed><is_paid>true</is_paid>%s</order>"
)
ANSWER = """
answer:
  rows: orders.order
  fields:
    - {name: number, type: integer, term: Number of the order.}
    - {name: price, type: decimal, term: Its price.}
    - {name: note, term: A note on it.}
"""
PARAMETERS = """
- {name: customer, type: integer, required: true, term: Number of the customer.}
- {name: since, type: date, term: From when on.}
- {name: who, term: Name.}
"""
ARGUMENTS = """
operation: FindOrders
arguments: {customer.number: "{customer}", customer.name: "{who}", since: "{since}"}
"""


@dataclass
class Shop:
    """The SOAP service: `orders` it answers with; `asked` what came, as values by name."""

    receiver: Receiver
    body: str = ""
    status: int = 200

    def answer(self, request: Received) -> Answer:
        """The WSDL and its schema by GET, orders by POST."""
        if request.method == "GET":
            name = request.path.partition("/wsdl/")[2]
            content = (SAMPLES / name).read_bytes()
            place = b"http://shop.example.org/soap"
            content = content.replace(place, self.receiver.url("/soap").encode())
            return 200, {"content-type": "text/xml"}, content
        said = (ENVELOPE % self.body).encode()
        return self.status, {"content-type": "text/xml; charset=utf-8"}, said

    @property
    def asked(self) -> list[dict[str, str | None]]:
        found = [one.body for one in self.receiver.received if one.method == "POST"]
        return [
            {element.tag.removeprefix(TYPES): element.text for element in _inside(body)}
            for body in found
        ]


def _inside(body: bytes) -> list[Any]:
    root: Any = etree.fromstring(body)
    return [one for one in root.iter(f"{TYPES}*") if not len(one)]


def found_orders(*numbers: int, note: str = "") -> str:
    found = "".join(ORDER % (number, note) for number in numbers)
    return (
        f'<FindOrdersResponse xmlns="{TYPES[1:-1]}"><found>{len(numbers)}</found>'
        f"<orders>{found}</orders></FindOrdersResponse>"
    )


def filed(asking: Asking, shop: Shop, access: str = "", **others: Any) -> Asked:
    """A link whose WSDL is a file beside it."""
    access = f"wsdl: shop.wsdl\naddress: {shop.receiver.url('/soap')}\n{ARGUMENTS}\n{access}"
    return made(asking, shop, access, **others)


def fetched(asking: Asking, shop: Shop, access: str = "", **others: Any) -> Asked:
    """A link whose WSDL is at an address."""
    access = f"wsdl: {shop.receiver.url('/wsdl/shop.wsdl')}\n{ARGUMENTS}\n{access}"
    return made(asking, shop, access, **others)


def made(asking: Asking, shop: Shop, access: str, **others: Any) -> Asked:
    options: dict[str, Any] = {"answer": ANSWER, "parameters": PARAMETERS} | others
    return asking.soap(access, **{"allowed": shop.receiver.where, **options})
