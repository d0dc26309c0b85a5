"""Making one thing through the API: the look-ups it needs, itself, its notes, its end.

Each request carries an Idempotency-Key made of the source and the id there, so that a run that was
cut off between a request and the ledger goes on without making anything twice.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from lodge_core.bringing.asking import Asker, Conflict
from lodge_core.bringing.ledger import Ledger
from lodge_core.bringing.things import NotBrought, Point, Thing, Whose

_PATHS = {"customer": "customers", "case": "cases", "activity": "activities"}
_MOST_NOTE = 18_000
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class Sending:
    """Makes things of one source in one Lodge."""

    def __init__(self, asker: Asker, ledger: Ledger, *, source: str, attribute: str) -> None:
        self._asker = asker
        self._ledger = ledger
        self._source = source
        self._attribute = attribute
        self._kept: dict[tuple[str, str], Any] = {}

    def send(self, thing: Thing) -> bool:
        """Make the thing; False when it was there already. Raises NotBrought with the reason."""
        key = self._ledger.key_of(thing.kind, thing.source_id)
        is_new = key is None
        if key is None:
            key, is_new = self._made(thing)
            if thing.kind != "customer":  # of which nothing is left to do
                self._ledger.note(thing.kind, thing.source_id, key, is_done=False)
        self._finish(thing, key)
        self._ledger.note(thing.kind, thing.source_id, key, is_done=True)
        return is_new

    def _made(self, thing: Thing) -> tuple[int, bool]:
        if thing.kind == "customer":
            return self._customer(thing)
        if thing.kind == "article":
            folder = self._folder(thing.folder or "")
            return self._post(thing, {**thing.values, "article_folder_id": folder}), True
        body = {**thing.values, **self._attributes(thing)}
        if thing.whose is not None and thing.case is None:
            body["customer_id"] = self._customer_of(thing.whose)
        if thing.case is not None:
            body["case_id"] = self._brought("case", thing.case)
        if thing.queue is not None:
            body["queue_id"] = self._named("queues", thing.queue)["queue_id"]
        return self._post(thing, body), True

    def _customer(self, thing: Thing) -> tuple[int, bool]:
        points = [{"kind": one.kind, "address": one.address} for one in thing.points]
        body = {**thing.values, **self._attributes(thing), "contact_points": points}
        if thing.parent is not None:
            body["parent_customer_id"] = self._brought("customer", thing.parent)
        try:
            return self._post(thing, body), True
        except Conflict:
            for point in thing.points:
                if found := self._at(point):
                    return found, False
            raise

    def _finish(self, thing: Thing, key: int) -> None:
        """Notes, solution, end; each once, so that a second run adds what the first lacked."""
        if thing.kind in ("case", "activity"):
            for number, note in enumerate(self._notes(thing)):
                path = f"{_PATHS[thing.kind]}/{key}/notes"
                self._asker.post(path, {"text": note}, once=self._once(thing, f"note {number}"))
        if thing.kind == "case" and thing.is_ended:
            body = {"solution": thing.solution} if thing.solution else {}
            once = self._once(thing, "close")
            try:
                self._asker.post(f"cases/{key}/close", body, once=once, is_change=True)
            except Conflict:
                if self._asker.get(f"cases/{key}")["status"] != "closed":
                    raise
        if thing.kind == "article" and thing.is_ended:
            once = self._once(thing, "publish")
            self._asker.post(f"articles/{key}/publish", {}, once=once, is_change=True)

    def _notes(self, thing: Thing) -> list[str]:
        """The notes, none longer than the API takes; the source's id where no attribute has it."""
        said = [] if self._has_attribute(thing) else [f"Brought from {self._name_of(thing)}."]
        for note in thing.notes:
            said += [note[at : at + _MOST_NOTE] for at in range(0, len(note), _MOST_NOTE)]
        return [note for note in said if note.strip()]

    def _attributes(self, thing: Thing) -> dict[str, Any]:
        types = self._types(thing.kind)
        given = {name: _typed(value, types.get(name)) for name, value in thing.attributes.items()}
        if self._has_attribute(thing):
            given.setdefault(self._attribute, self._name_of(thing))
        return {"attributes": given} if given else {}

    def _has_attribute(self, thing: Thing) -> bool:
        return self._attribute in self._types(thing.kind)

    def _types(self, kind: str) -> Mapping[str, str]:
        """Types of the declared attributes; none for a key that may not read them."""
        if ("attributes", kind) not in self._kept:
            try:
                page = self._asker.get("custom-attributes", object_type=kind, limit="200")
                declared: list[Any] = [one for one in page["items"] if one["is_active"]]
            except NotBrought:
                declared = []
            found = {one["name"]: one["attribute_type"] for one in declared}
            self._kept["attributes", kind] = found
        return self._kept["attributes", kind]

    def _customer_of(self, whose: Whose) -> int:
        if whose.customer_id is not None:
            return whose.customer_id
        if whose.source_id is not None:
            return self._brought("customer", whose.source_id)
        address = whose.address or ""
        point = Point("email", address)
        if (found := self._at(point)) is not None:
            return found
        body = {"contact_points": [{"kind": "email", "address": address}]}
        once = self._word("customer by address", address.lower())
        return self._asker.post("customers", body, once=once)["customer_id"]

    def _at(self, point: Point) -> int | None:
        found = self._asker.get("customers/at", kind=point.kind, address=point.address)
        return next(iter(found["customer_ids"]), None)

    def _brought(self, kind: Any, source_id: str) -> int:
        found = self._ledger.key_of(kind, source_id)
        if found is None:
            raise NotBrought(f"{kind} {source_id!r} was not brought; bring it first")
        return found

    def _folder(self, name: str) -> int:
        try:
            return self._named("article-folders", name)["article_folder_id"]
        except NotBrought:
            once = self._word("folder", name)
            made = self._asker.post("article-folders", {"name": name}, once=once)
            self._kept["article-folders", name] = made
            return made["article_folder_id"]

    def _named(self, path: str, name: str) -> dict[str, Any]:
        if (path, name) not in self._kept:
            page = self._asker.get(path, **{"name.contains": name, "limit": "200"})
            found = [one for one in page["items"] if one["name"] == name]
            if not found:
                raise NotBrought(f"there is no {path.rstrip('s')} {name!r} that the key may see")
            self._kept[path, name] = found[0]
        return self._kept[path, name]

    def _post(self, thing: Thing, body: Mapping[str, Any]) -> int:
        path = _PATHS.get(thing.kind, "articles")
        return self._asker.post(path, body, once=self._once(thing, ""))[f"{thing.kind}_id"]

    def _once(self, thing: Thing, step: str) -> str:
        return self._word(thing.kind, f"{thing.source_id}\0{step}")

    def _word(self, kind: str, said: str) -> str:
        whole = "\0".join((self._source, kind, said))
        return f"bring-{sha256(whole.encode()).hexdigest()}"

    def _name_of(self, thing: Thing) -> str:
        return f"{self._source}: {thing.source_id}"


def _typed(value: str, kind: str | None) -> Any:
    """The value as the attribute's type wants it; as it is where that cannot be."""
    if kind == "boolean":
        return _TRUTHS.get(value.strip().lower(), value)
    if kind in ("integer", "number"):
        try:
            return int(value) if kind == "integer" else float(value)
        except ValueError:
            return value
    return value
