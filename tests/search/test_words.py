"""Words are folded alike for the index and for what is asked, and found again in the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodge_core.search.words import (
    MOST_INDEXED_BYTES,
    Part,
    Term,
    asked,
    folded,
    indexed,
    passage,
)
from lodge_platform.errors import RefusedError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Refund for ORDER-1842!", "refund for order 1842"),
        ("ada@example.org", "ada example org"),
        ("Müller", "muller"),
        ("Mu\u0308ller", "muller"),
        ("Straße", "strasse"),
        ("ﬁne \uff12\uff10\uff12\uff16", "fine 2026"),
        ("Ελληνικά", "ελληνικα"),
        ("返金をお願い", "返 金 を お 願 い"),
        ("คืนเงิน", "ค ื น เ ง ิ น"),
        ("हिन्दी", "हिन्दी"),
        ("한국어", "한국어"),
        ("👍 snake_case", "snake case"),
        ("' or 1=1; --", "or 1 1"),
        ("a\u0000b", "a b"),
        ("\ud800", ""),
        ("x" * 100, "x" * 64),
    ],
)
def test_a_text_is_folded_to_plain_words(text: str, words: str) -> None:
    assert folded(text) == words


@given(st.text())
def test_folding_twice_changes_nothing_and_leaves_no_character_with_a_meaning(text: str) -> None:
    words = folded(text)
    assert folded(words) == words
    assert not set(words) & set("\"'*-():^&|!<>\\%_\0\n")


def test_a_query_is_words_phrases_beginnings_and_what_must_not_be_there() -> None:
    assert asked('refund "order 1842" del* -spam -"no thanks" --- "" *') == (
        Term(("refund",)),
        Term(("order", "1842")),
        Term(("del",), is_prefix=True),
        Term(("spam",), is_excluded=True),
        Term(("no", "thanks"), is_excluded=True),
    )
    assert asked("ada@example.org") == (Term(("ada", "example", "org")),)
    assert asked("re", is_last_begun=True) == (Term(("re",), is_prefix=True),)
    assert asked("re ", is_last_begun=True) == (Term(("re",)),)
    assert asked("!!! ---") == ()


def test_more_than_can_be_asked_at_once_is_refused() -> None:
    for query in ("a " * 400, "x" * 1_001, "返" * 200):
        with pytest.raises(RefusedError) as refused:
            asked(query)
        assert refused.value.field == "q"


def test_what_is_indexed_has_a_bound_and_ends_with_a_word() -> None:
    words = indexed("refund " * 100_000)
    assert len(words.encode()) <= MOST_INDEXED_BYTES
    assert words.endswith("refund")


@pytest.mark.parametrize(
    ("text", "query", "hits"),
    [
        ("Where is my REFUND?", "refund", ["REFUND"]),
        ("Herr Müller, Herr Mu\u0308ller", "muller", ["Müller", "Müller"]),
        ("order 1842, then order 7", '"order 1842"', ["order 1842"]),
        ("refunded and refunds", "refund*", ["refunded", "refunds"]),
        ("返金をお願いします", "願い", ["願い"]),
        ("nothing of it", "refund", []),
        ("spam and refund", "refund -spam", ["refund"]),
        ("Straße 7", "STRASSE", ["Straße"]),
    ],
)
def test_a_passage_marks_what_was_asked_for(text: str, query: str, hits: list[str]) -> None:
    parts = passage(text, asked(query))
    assert [part.text for part in parts if part.is_hit] == hits
    assert "".join(part.text for part in parts).replace("u\u0308", "ü") == text.replace(
        "u\u0308", "ü"
    )


def test_a_passage_is_short_and_around_the_hit() -> None:
    parts = passage("before " * 500 + "needle " + "after " * 500, asked("needle"))
    assert Part("needle", True) in parts
    assert sum(len(part.text) for part in parts) < 300
    assert parts[0].text == parts[-1].text.strip() + " " == "… "


@given(st.text(), st.text(max_size=50))
def test_any_text_has_a_passage_for_any_query(text: str, query: str) -> None:
    try:
        parts = passage(text, asked(query))
    except RefusedError:
        return
    assert sum(len(part.text) for part in parts) <= max(600, len(text))
