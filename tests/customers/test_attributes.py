"""Custom attributes: declared in master, checked on the way in, kept in one form."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.workplace import NINE, Workplace
from lodge_core.attributes import (
    AttributeDefinition,
    checked_attributes,
    definitions_of,
    missing_required,
    with_attributes,
)
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import RefusedError
from lodge_platform.schema.master import CustomAttribute
from lodge_platform.vocabulary import AttributeType, Sensitivity


def attribute(
    name: str, kind: str, *, is_required: bool = False, is_active: bool = True
) -> AttributeDefinition:
    return AttributeDefinition(
        object_type="customer",
        name=name,
        label=name.capitalize(),
        attribute_type=AttributeType(kind),
        choices=("bronze", "gold") if kind == "choice" else (),
        is_required=is_required,
        sensitivity=Sensitivity.OPEN,
        is_active=is_active,
    )


DECLARED = (
    attribute("order_number", "text", is_required=True),
    attribute("employees", "integer"),
    attribute("turnover", "number"),
    attribute("is_partner", "boolean"),
    attribute("since", "date"),
    attribute("renewed_at", "instant"),
    attribute("contract", "choice"),
    attribute("fax", "text", is_active=False),
)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("order_number", "18 42", "18 42"),
        ("order_number", "Ünïcode 👩‍🚒", "Ünïcode 👩‍🚒"),
        ("employees", 12, 12),
        ("turnover", 1.5, 1.5),
        ("turnover", 3.0, 3),
        ("is_partner", False, False),
        ("since", "2026-01-05", "2026-01-05"),
        ("renewed_at", "2026-01-05T10:00:00+01:00", "2026-01-05T09:00:00.000000Z"),
        ("contract", "gold", "gold"),
        ("employees", None, None),
        ("fax", None, None),
    ],
)
def test_f27_a_value_that_fits_is_kept_in_the_form_of_its_type(
    name: str, value: Any, kept: Any
) -> None:
    checked = checked_attributes(DECLARED, "customer", {name: value})
    assert checked == {name: kept}
    assert type(checked[name]) is type(kept)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("order_number", 1842, "text of up to 4000 characters"),
        ("order_number", "a\0b", "without the character NUL"),
        ("order_number", "x" * 4001, "text of up to 4000"),
        ("employees", True, "a whole number"),
        ("employees", 1.0, "a whole number"),
        ("employees", 2**53, "a whole number"),
        ("turnover", float("nan"), "a number from"),
        ("turnover", "3", "a number from"),
        ("is_partner", 1, "true or false"),
        ("since", "05.01.2026", "a day such as 2026-01-05"),
        ("since", "2026-02-30", "a day such as"),
        ("renewed_at", "2026-01-05T10:00:00", "an instant with its offset"),
        ("renewed_at", "0001-01-01T00:00:00+14:00", "an instant with its offset"),
        ("contract", "silver", "one of: bronze, gold"),
        ("fax", "1", "is not used any more"),
        ("employes", 3, "did you mean 'employees'"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_field_and_what_is_allowed(
    name: str, value: Any, said: str
) -> None:
    with pytest.raises(RefusedError, match=said) as refused:
        checked_attributes(DECLARED, "customer", {name: value})
    assert refused.value.field == f"attributes.{name}"
    assert refused.value.allowed


def test_attributes_of_another_kind_of_thing_are_not_known() -> None:
    with pytest.raises(RefusedError, match="none is declared"):
        checked_attributes(DECLARED, "case", {"contract": "gold"})


def test_nothing_takes_a_value_away_and_what_is_required_is_missed() -> None:
    present = with_attributes({"order_number": "1", "employees": 2}, {"order_number": None})
    assert present == {"employees": 2}
    assert missing_required(DECLARED, "customer", present) == ["order_number"]
    assert missing_required(DECLARED, "customer", {"order_number": "1"}) == []


_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from([one.name for one in DECLARED]) | st.text(), _ANY_JSON, max_size=4
    )
)
def test_any_json_is_kept_in_a_form_that_checks_to_itself_or_refused(
    given: Mapping[str, Any],
) -> None:
    try:
        checked = checked_attributes(DECLARED, "customer", given)
    except RefusedError:
        return
    assert checked_attributes(DECLARED, "customer", checked) == checked


def test_a_declared_attribute_is_known_at_once(workplace: Workplace) -> None:
    master = workplace.lodge.stores.master
    assert definitions_of(master) == ()
    with change_configuration(master, by="test", now=NINE) as session:
        session.add(
            CustomAttribute(
                object_type="customer",
                name="contract",
                label="Contract",
                attribute_type=AttributeType.CHOICE,
                choices=["bronze", "gold"],
            )
        )
    [declared] = definitions_of(master)
    assert declared == attribute("contract", "choice")
