"""The customers' side: who writes what next, and what they do with our answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from itertools import takewhile
from random import Random

import msgspec

from lodge_core.simulate import oddities, wording
from lodge_core.simulate.composing import Draft, compose
from lodge_core.simulate.enclosures import Enclosure, enclosure
from lodge_core.simulate.mail_server import Delivered
from lodge_core.simulate.oddities import Oddity
from lodge_core.simulate.people import Person, language_of, person
from lodge_core.simulate.wording import Matter

_FOLLOW_UP_SHARE = 0.42
_REMINDER_SHARE = 0.06
_PATIENCE = timedelta(hours=2)
_READING = timedelta(minutes=4)
_MOST_REMEMBERED = 400


class Letter(msgspec.Struct, frozen=True):
    """A mail ready to be sent: envelope sender and bytes."""

    sender: str
    raw: bytes


class _Conversation(msgspec.Struct):
    """One concern of one customer; `ids` are the mails' ids in order, `text` our last answer."""

    person: Person
    matter: Matter
    ids: list[str]
    last_at: datetime
    text: str = ""


class Correspondence:
    """All that customers write to the address `to`; the same chance writes the same mails."""

    def __init__(
        self, chance: Random, *, to: str, follow_up_share: float = _FOLLOW_UP_SHARE
    ) -> None:
        self._chance = chance
        self._to = to
        self._follow_up_share = follow_up_share
        self._people: list[Person] = []
        self._number = chance.randint(1, 800)
        self._waiting: dict[str, _Conversation] = {}
        self._answered: list[_Conversation] = []

    def next_letter(self, at: datetime, oddity: Oddity | None = None) -> Letter:
        """What is written next, at `at`: a concern, a follow-up, a reminder, or something odd."""
        if oddity is not None and (letter := self._odd(oddity, at)) is not None:
            return letter
        if answered := self._ripe(self._answered, at, _READING, self._follow_up_share):
            self._answered.remove(answered)
            text = wording.follow_up(self._chance, answered.person, answered.matter)
            return self._follow(answered, text, at)
        if waiting := self._ripe(list(self._waiting.values()), at, _PATIENCE, _REMINDER_SHARE):
            return self._follow(waiting, wording.reminder(self._chance, waiting.person), at)
        return self._new(at)

    def take(self, delivered: Delivered, at: datetime) -> None:
        """An answer of ours reached a customer, who may write back on it."""
        answer = message_from_bytes(delivered.raw)
        replied_to = _ids(answer["In-Reply-To"])
        conversation = self._waiting.pop(replied_to[-1], None) if replied_to else None
        conversation = conversation or _begun_before(answer, delivered.recipient, at)
        conversation.ids.extend(_ids(answer["Message-ID"]))
        conversation.last_at, conversation.text = at, _text_of(answer)
        self._answered.append(conversation)
        del self._answered[:-_MOST_REMEMBERED]

    def _new(self, at: datetime) -> Letter:
        author = self._author()
        about = wording.matter(self._chance, author, at)
        conversation = _Conversation(author, about, [], at)
        share = 0.3 if about.topic == "technical" else 0.08
        enclosures = self._enclosures(about, share)
        return self._send(conversation, about.subject, about.body, at, enclosures=enclosures)

    def _follow(self, conversation: _Conversation, text: str, at: datetime) -> Letter:
        subject = f"Re: {conversation.matter.subject}"
        if conversation.ids:
            self._waiting.pop(conversation.ids[-1], None)
        enclosures = self._enclosures(conversation.matter, 0.12)
        return self._send(conversation, subject, text, at, enclosures=enclosures)

    def _send(
        self,
        conversation: _Conversation,
        subject: str,
        text: str,
        at: datetime,
        *,
        enclosures: Sequence[Enclosure],
    ) -> Letter:
        author = conversation.person
        message_id = self._message_id(author.address)
        draft = Draft(
            author=author,
            to=self._to,
            subject=subject,
            text=text,
            message_id=message_id,
            references=conversation.ids[-10:],
            quoted=conversation.text,
            enclosures=enclosures,
        )
        raw = compose(draft, at - timedelta(seconds=self._chance.randint(1, 9)))
        conversation.ids.append(message_id)
        conversation.last_at, conversation.text = at, ""
        self._waiting[message_id] = conversation
        if len(self._waiting) > _MOST_REMEMBERED:
            del self._waiting[next(iter(self._waiting))]
        return Letter(author.address, raw)

    def _odd(self, oddity: Oddity, at: datetime) -> Letter | None:
        """The odd mail; None where it needs an answer of ours and there is none yet."""
        if oddity in (Oddity.AUTO_REPLY, Oddity.BOUNCE):
            return self._automatic(oddity, at)
        author = self._author()
        message_id = self._message_id(author.address)
        if oddity is Oddity.NEWSLETTER:
            raw = oddities.newsletter(to=self._to, message_id=message_id, at=at)
        else:
            raw = oddities.broken(oddity, author=author, to=self._to, message_id=message_id, at=at)
        return Letter(author.address, raw)

    def _automatic(self, oddity: Oddity, at: datetime) -> Letter | None:
        if not self._answered:
            return None
        conversation = self._answered.pop()
        author, message_id = conversation.person, self._message_id(conversation.person.address)
        if oddity is Oddity.BOUNCE:
            raw = oddities.bounce(
                recipient=author.address,
                to=self._to,
                message_id=message_id,
                references=conversation.ids,
                at=at,
            )
            return Letter("", raw)
        raw = oddities.auto_reply(
            author=author,
            to=self._to,
            subject=conversation.matter.subject,
            message_id=message_id,
            references=conversation.ids,
            at=at,
        )
        return Letter(author.address, raw)

    def _ripe(
        self, some: list[_Conversation], at: datetime, rest: timedelta, share: float
    ) -> _Conversation | None:
        is_wanted = self._chance.random() < share
        ripe = [one for one in some if one.last_at <= at - rest]
        return self._chance.choice(ripe) if is_wanted and ripe else None

    def _author(self) -> Person:
        if self._people and self._chance.random() < 0.2:
            return self._chance.choice(self._people)
        self._number += self._chance.randint(1, 9)
        made = person(self._chance, self._number)
        self._people.append(made)
        del self._people[:-_MOST_REMEMBERED]
        return made

    def _enclosures(self, about: Matter, share: float) -> list[Enclosure]:
        is_wanted = self._chance.random() < share
        return [enclosure(self._chance, about.order)] if is_wanted else []

    def _message_id(self, address: str) -> str:
        return f"{self._chance.getrandbits(64):016x}@{address.rpartition('@')[2]}"


def _begun_before(answer: Message, recipient: str, at: datetime) -> _Conversation:
    """What an answer tells of a conversation that began before this program did."""
    name = parseaddr(_decoded(answer["To"]))[0]
    subject = _decoded(answer["Subject"]).removeprefix("Re: ")
    author = Person(
        name or recipient, recipient, language_of(recipient), "utf-8", writes_html=False
    )
    matter = Matter(topic="general", subject=subject, body="", order="BL-10000")
    return _Conversation(author, matter, _ids(answer["References"]), at)


def _ids(header: object) -> list[str]:
    return [one.strip("<>") for one in str(header or "").split()]


def _decoded(header: object) -> str:
    return str(make_header(decode_header(str(header or ""))))


def _text_of(answer: Message) -> str:
    """Our answer, which is plain text, without the customer's own words quoted below it."""
    content = answer.get_payload(decode=True)
    charset = answer.get_content_charset() or "utf-8"
    text = content.decode(charset, "replace") if isinstance(content, bytes) else ""
    own = takewhile(lambda line: not line.endswith("wrote:"), text.splitlines())
    return "\n".join(own).strip()
