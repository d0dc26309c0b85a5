"""What is written, by customers and by agents: texts from the package, filled in by chance."""

from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import msgspec
import yaml

from lodge_core.simulate.people import Person

TOPICS = ("orders", "refunds", "technical", "general")
_SHARES = (40, 25, 20, 15)


class Matter(msgspec.Struct, frozen=True):
    """What a customer writes about; it stays the same through a whole conversation."""

    topic: str
    subject: str
    body: str
    order: str


def matter(chance: Random, person: Person, now: datetime) -> Matter:
    """A new concern of `person`, in their language."""
    by_topic: dict[str, list[dict[str, str]]] = _texts()["mails"][person.language]
    topics = [topic for topic in TOPICS if topic in by_topic]
    [topic] = chance.choices(topics, [_SHARES[TOPICS.index(topic)] for topic in topics])
    text = chance.choice(by_topic[topic])
    days = chance.randint(3, 12)
    order = f"BL-{chance.randint(20_000, 99_999)}"
    words = {
        "product": chance.choice(_texts()["products"]),
        "order": order,
        "amount": f"{chance.randint(9, 240)}.{chance.choice(('00', '50', '90', '95'))}",
        "days": str(days),
        "city": chance.choice(("Bristol", "Graz", "Lyon", "Turku", "Porto", "Gdynia")),
        "date": (now - timedelta(days=days)).date().isoformat(),
    }
    return Matter(
        topic=topic,
        subject=text["subject"].format(**words),
        body=text["body"].format(**words).rstrip(),
        order=order,
    )


def follow_up(chance: Random, person: Person, about: Matter) -> str:
    """What the customer writes back on an answer."""
    return _choice(chance, "follow_ups", person.language).format(order=about.order)


def reminder(chance: Random, person: Person) -> str:
    """What the customer writes who has waited too long."""
    return _choice(chance, "reminders", person.language)


def answer(chance: Random, *, language: str, topic: str, customer: str, agent: str) -> str:
    """An agent's answer with greeting and signature; English where we do not write a language."""
    answers: dict[str, dict[str, list[str]]] = _texts()["answers"]
    language = language if language in answers else "en"
    by_topic = answers[language]
    texts = by_topic.get(topic) or by_topic.get("any") or by_topic["general"]
    opening, closing = _texts()["greetings"][language]
    opening = opening.format(name=customer or "customer")
    return f"{opening}\n\n{chance.choice(texts).rstrip()}\n\n{closing.format(agent=agent)}"


def _choice(chance: Random, kind: str, language: str) -> str:
    texts: dict[str, list[str]] = _texts()[kind]
    return chance.choice(texts.get(language) or texts["en"])


@cache
def _texts() -> dict[str, Any]:
    return yaml.safe_load((files(__package__ or "") / "texts.yaml").read_text("utf-8"))
