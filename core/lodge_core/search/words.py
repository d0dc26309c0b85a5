"""Words as they are indexed and asked for, alike on both engines; and passages that show a hit.

Folding brings a text to words parted by single spaces: compatibility forms and accents of Latin,
Greek and Cyrillic letters taken away, case folded, punctuation gone. Scripts written without
spaces (Chinese, Japanese kana, Thai, Lao, Khmer, Burmese) are parted into characters, and a run of
them is asked for as a phrase. Pure.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from lodge_platform.errors import RefusedError

MOST_QUERY_CHARACTERS = 1_000
MOST_TERMS = 32
MOST_WORDS = 100
MOST_INDEXED_BYTES = 200_000  # PostgreSQL keeps at most a megabyte of words and their places
LONGEST_WORD = 64
_TERM = re.compile(r'(-?)"([^"]*)"|(\S+)')
_WITHOUT_SPACES = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3005, 0x3007),
    (0x3040, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)


class Term(Struct, frozen=True):
    """One thing asked for: words that follow one another; `is_prefix` of the last one."""

    words: tuple[str, ...]
    is_prefix: bool = False
    is_excluded: bool = False


class Part(Struct, frozen=True):
    """A stretch of a passage; `is_hit` when it is what was asked for."""

    text: str
    is_hit: bool


def folded(text: str) -> str:
    """The words of `text`, parted by single spaces; each is cut after LONGEST_WORD characters."""
    words = unicodedata.normalize("NFC", text).translate(_FOLD).split()
    return " ".join(word[:LONGEST_WORD] for word in words)


def indexed(text: str, most_bytes: int = MOST_INDEXED_BYTES) -> str:
    """The words of `text` for the index, cut between words at `most_bytes`."""
    words = folded(text)
    content = words.encode()
    if len(content) <= most_bytes:
        return words
    return content[:most_bytes].decode("utf-8", "ignore").rpartition(" ")[0]


def asked(query: str, *, is_last_begun: bool = False) -> tuple[Term, ...]:
    """What a query asks for: words, "a phrase", begin* of a word, -without a word.

    Any text is a query; what has no word asks for nothing. With `is_last_begun` the last word may
    be the beginning of one. Raises RefusedError for more than can be asked at once.
    """
    if len(query) > MOST_QUERY_CHARACTERS:
        raise RefusedError(f"a query has at most {MOST_QUERY_CHARACTERS} characters", field="q")
    terms: list[Term] = []
    for found in _TERM.finditer(query):
        sign, phrase, word = found.groups()
        if phrase is not None:
            term = Term(tuple(folded(phrase).split()), is_excluded=bool(sign))
        else:
            is_excluded = word.startswith("-") and len(word) > 1
            words = tuple(folded(word).split())
            term = Term(words, word.endswith("*"), is_excluded)
        if term.words:
            terms.append(term)
    if is_last_begun and terms and not query.endswith(('"', " ")):
        terms[-1] = Term(terms[-1].words, True, terms[-1].is_excluded)
    if len(terms) > MOST_TERMS or sum(len(term.words) for term in terms) > MOST_WORDS:
        raise RefusedError(f"a query has at most {MOST_TERMS} terms", field="q")
    return tuple(terms)


def passage(text: str, terms: Sequence[Term], *, width: int = 240) -> list[Part]:
    """About `width` characters of `text` around the first hit, its hits marked; the beginning of
    it where none is."""
    shown = unicodedata.normalize("NFC", text)
    hits = _hits(shown, terms)
    start, end = _window(shown, hits, width)
    parts: list[Part] = []
    at = start
    for hit_start, hit_end in hits:
        if hit_start < at or hit_end > end:
            continue
        parts.append(Part(_plain(shown[at:hit_start]), False))
        parts.append(Part(_plain(shown[hit_start:hit_end]), True))
        at = hit_end
    parts.append(Part(_plain(shown[at:end]), False))
    if start > 0:
        parts.insert(0, Part("… ", False))
    if end < len(shown):
        parts.append(Part(" …", False))
    return [part for part in parts if part.text]


class _Word(NamedTuple):
    word: str
    start: int
    end: int


def _hits(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Where a term that is asked for stands, in order, none within another."""
    words = _places(text)
    wanted = [term for term in terms if not term.is_excluded]
    hits: list[tuple[int, int]] = []
    number = 0
    while number < len(words):
        length = max((_length_at(words, number, term) for term in wanted), default=0)
        if length:
            hits.append((words[number].start, words[number + length - 1].end))
        number += max(length, 1)
    return hits


def _length_at(words: Sequence[_Word], number: int, term: Term) -> int:
    length = len(term.words)
    found = [one.word for one in words[number : number + length]]
    if len(found) < length or tuple(found[:-1]) != term.words[:-1]:
        return 0
    last = term.words[-1]
    is_there = found[-1].startswith(last) if term.is_prefix else found[-1] == last
    return length if is_there else 0


def _places(text: str) -> list[_Word]:
    """Each folded word with its place in the text."""
    found: list[_Word] = []
    letters: list[str] = []
    start = 0

    def end(at: int) -> None:
        if letters:
            found.append(_Word("".join(letters)[:LONGEST_WORD], start, at))
            letters.clear()

    for at, character in enumerate(text):
        pieces = character.translate(_FOLD)
        if not pieces:
            continue
        if pieces.isspace() or pieces[0] == " ":
            end(at)
        for piece in pieces.split():
            if not letters:
                start = at
            letters.append(piece)
        if pieces[-1] == " ":
            end(at + 1)
    end(len(text))
    return found


def _window(text: str, hits: Sequence[tuple[int, int]], width: int) -> tuple[int, int]:
    first = hits[0][0] if hits else 0
    start = max(0, min(first - width // 4, len(text) - width))
    end = min(len(text), start + width)
    if start > 0:
        space = text.find(" ", start, min(start + 30, first) if hits else start)
        start = space + 1 if space > 0 else start
    if end < len(text):
        space = text.rfind(" ", max(end - 30, start), end)
        end = space if space > 0 else end
    if hits and hits[0][1] > end:
        end = min(hits[0][1], start + 2 * width)
    return start, end


def _plain(text: str) -> str:
    """One line, without characters that would turn or hide what stands around."""
    shown = "".join(" " if unicodedata.category(one)[0] == "C" else one for one in text)
    return re.sub(r"\s+", " ", shown)


class _Folding(dict[int, str]):
    """What becomes of each character, found once."""

    def __missing__(self, codepoint: int) -> str:
        found = self[codepoint] = _fold(chr(codepoint))
        return found


def _fold(character: str) -> str:
    if "\ud800" <= character <= "\udfff":
        return " "
    split = unicodedata.normalize("NFKD", character)
    bare = "".join(one for one in split if not 0x300 <= ord(one) <= 0x36F)
    plain = unicodedata.normalize("NFKC", bare).casefold()
    kept = "".join(one if _is_of_word(one) else " " for one in plain)
    if any(low <= ord(character) <= high for low, high in _WITHOUT_SPACES):
        return f" {' '.join(kept)} "
    return kept


def _is_of_word(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc") or character.isalnum()


_FOLD = _Folding()
