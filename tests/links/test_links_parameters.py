"""Parameters of a link: texts as checked values, or a refusal that names one and what it may be."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from lodge_adapters.language import Access, Answer, Field, Function, Link, Parameter, Type
from lodge_adapters.parameters import UnknownParameterError, given_by, values_of
from lodge_adapters.patterns import refuse_pattern
from lodge_platform.errors import RefusedError


def link_of(*parameters: Parameter) -> Link:
    """A link that takes these."""
    return Link(
        title="Any",
        term="Any.",
        access=Access(function=Function(name="any")),
        answer=Answer(fields=(Field(name="a", term="A."),)),
        parameters=parameters,
    )


def one(kind: Type = Type.TEXT, **said: Any) -> Parameter:
    """A parameter `said` of this type."""
    return Parameter(name="said", term="What is said.", type=kind, **said)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Type.TEXT, "", ""),
        (Type.TEXT, " a ", " a "),
        (Type.INTEGER, "-7", -7),
        (Type.INTEGER, "007", 7),
        (Type.INTEGER, str(2**63 - 1), 2**63 - 1),
        (Type.DECIMAL, "12.50", Decimal("12.50")),
        (Type.DECIMAL, "-.5", Decimal("-0.5")),
        (Type.BOOLEAN, "true", True),
        (Type.BOOLEAN, "false", False),
        (Type.DATE, "2026-01-31", date(2026, 1, 31)),
        (Type.INSTANT, "2026-01-31T09:00:00Z", datetime(2026, 1, 31, 9, tzinfo=UTC)),
        (Type.INSTANT, "2026-01-31T10:00:00+01:00", datetime(2026, 1, 31, 9, tzinfo=UTC)),
        (Type.INSTANT, "2026-01-31T10:00:00 01:00", datetime(2026, 1, 31, 9, tzinfo=UTC)),
    ],
)
def test_a_text_becomes_a_value_of_the_declared_type(kind: Type, text: str, value: Any) -> None:
    found = values_of(link_of(one(kind)), {"said": text})["said"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Type.TEXT, "a\0b"),
        (Type.TEXT, "\ud800"),
        (Type.TEXT, "x" * 1001),
        (Type.INTEGER, ""),
        (Type.INTEGER, "7.0"),
        (Type.INTEGER, "٣"),
        (Type.INTEGER, str(2**63)),
        (Type.INTEGER, "9" * 5000),
        (Type.DECIMAL, "1e5"),
        (Type.DECIMAL, "NaN"),
        (Type.DECIMAL, "1,5"),
        (Type.BOOLEAN, "yes"),
        (Type.BOOLEAN, "True"),
        (Type.DATE, "2026-02-30"),
        (Type.DATE, "20260131"),
        (Type.INSTANT, "2026-01-31T09:00:00"),
        (Type.INSTANT, "0001-01-01T00:00:00+10:00"),
        (Type.INSTANT, "now"),
    ],
)
def test_what_is_none_of_that_type_is_refused_by_name(kind: Type, text: str) -> None:
    with pytest.raises(RefusedError) as refused:
        values_of(link_of(one(kind)), {"said": text})
    assert refused.value.field == "said"
    assert str(refused.value).startswith("parameter said ")


def test_a_pattern_fits_the_whole_value_and_allowed_values_are_named() -> None:
    link = link_of(one(pattern="[a-z]+"))
    assert values_of(link, {"said": "abc"}) == {"said": "abc"}
    for text in ("abc1", "1abc", "abc\n", ""):
        with pytest.raises(RefusedError, match="does not fit"):
            values_of(link, {"said": text})
    with pytest.raises(RefusedError, match="did you mean 'gold'") as refused:
        values_of(link_of(one(allowed=("gold", "silver"))), {"said": "golt"})
    assert refused.value.allowed == ("gold", "silver")


def test_a_pattern_that_backtracks_elsewhere_holds_up_nobody() -> None:
    # Matched by going back, this would not come to an end before the sun does.
    link = link_of(one(pattern="([a-z]+)+@([a-z]+)+", longest=100_000))
    with pytest.raises(RefusedError, match="does not fit"):
        values_of(link, {"said": "a" * 100_000})
    assert values_of(link, {"said": "a@" + "b" * 1000})


@pytest.mark.parametrize("pattern", ["[a", "(a)\\1", "(?=a)", "a)|(b", "a{,3}", "x" * 1001])
def test_what_is_no_pattern_is_refused_with_the_reason(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        refuse_pattern(pattern)


def test_what_is_not_given_is_its_default_or_nothing_or_missing() -> None:
    assert values_of(link_of(one()), {}) == {"said": None}
    assert values_of(link_of(one(Type.INTEGER, default="5")), {}) == {"said": 5}
    with pytest.raises(RefusedError, match="said is missing"):
        values_of(link_of(one(required=True)), {})


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownParameterError, match="did you mean 'said'") as refused:
        values_of(link_of(one()), {"siad": "a"})
    assert refused.value.allowed == ("said",)
    with pytest.raises(UnknownParameterError, match="there are none"):
        values_of(link_of(), {"said": "a"})


def test_values_come_from_what_an_activity_has() -> None:
    link = link_of(
        one(source="customer.address"),
        Parameter(name="tier", term="Tier.", source="customer.attribute.tier"),
        Parameter(name="other", term="Not of an activity."),
    )
    subject = {"customer.address": "ada@example.org", "customer.attribute.tier": None, "x": "y"}
    assert given_by(link, subject) == {"said": "ada@example.org"}
