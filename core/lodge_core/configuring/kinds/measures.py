"""What work is measured and classified by: calendars, policies, categories, codes, attributes."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from lodge_core.configuring.effects import measures as effects
from lodge_core.configuring.kinds.hours import calendar_fits
from lodge_platform.configuring.kind import ConfigurationKind, Reference, Values
from lodge_platform.configuring.places import Place
from lodge_platform.configuring.rows import Rows
from lodge_platform.configuring.words import Name, Positive, Said
from lodge_platform.schema.master import (
    Calendar,
    Category,
    CustomAttribute,
    Policy,
    ResolutionCode,
)
from lodge_platform.vocabulary import AttributeType, Sensitivity

_DEPARTMENT = Reference("department", "departments", "department_id")
Spans = dict[str, dict[str, str]]


class SaidCalendar(Said, frozen=True, kw_only=True):
    """A business calendar; times are HH:MM in its zone, `shifts` days with other hours."""

    name: Name
    department: Name
    time_zone: Name
    hours: Spans
    holidays: list[str] | UnsetType = UNSET
    shifts: Spans | UnsetType = UNSET
    breaks: Spans | UnsetType = UNSET


class SaidPolicy(Said, frozen=True, kw_only=True):
    """A promise of service; without a calendar its times run day and night."""

    name: Name
    department: Name
    calendar: Name | UnsetType | None = UNSET
    first_response_seconds: Positive | UnsetType | None = UNSET
    resolution_seconds: Positive | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class SaidCategory(Said, frozen=True, kw_only=True):
    """A category that activities are classified under; `parent` is the one it is part of."""

    name: Name
    department: Name
    parent: Name | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class SaidResolutionCode(Said, frozen=True, kw_only=True):
    """A word that says how an activity ended."""

    name: Name
    department: Name
    is_active: bool | UnsetType = UNSET


class SaidCustomAttribute(Said, frozen=True, kw_only=True):
    """An attribute that this installation adds to activities, cases or customers."""

    object_type: Literal["activity", "case", "customer"]
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    label: Name
    attribute_type: AttributeType
    choices: list[Name] | UnsetType = UNSET
    is_required: bool | UnsetType = UNSET
    sensitivity: Literal["open", "personal", "content"] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


def _policy_refuse(rows: Rows, values: Values, place: Place) -> None:
    if values["first_response_seconds"] is None and values["resolution_seconds"] is None:
        raise place.refusal(
            "it promises nothing; give first_response_seconds or resolution_seconds"
        )
    calendar = rows.of(Calendar).get(values["calendar_id"] or 0)
    if calendar is not None and calendar["department_id"] != values["department_id"]:
        raise place.at("calendar").refusal(
            f"calendar {calendar['name']!r} is none of this policy's department"
        )


def _category_refuse(rows: Rows, values: Values, place: Place) -> None:
    seen, above = {values["category_id"]}, values["parent_category_id"]
    while above is not None:
        if above in seen:
            raise place.at("parent").refusal("a category is no part of itself")
        seen.add(above)
        parent = rows.of(Category)[above]
        if parent["department_id"] != values["department_id"]:
            raise place.at("parent").refusal(
                f"category {parent['name']!r} is none of this one's department"
            )
        above = parent["parent_category_id"]


def _attribute_refuse(_rows: Rows, values: Values, place: Place) -> None:
    is_choice = values["attribute_type"] == AttributeType.CHOICE
    choices = values["choices"]
    if is_choice and not choices:
        raise place.at("choices").refusal("a choice has at least one value to choose")
    if choices and not is_choice:
        raise place.at("choices").refusal("only an attribute of type choice has choices")
    if len(set(choices)) != len(choices):
        raise place.at("choices").refusal("the same value is given twice")
    if values["sensitivity"] == Sensitivity.SECRET:
        raise place.at("sensitivity").refusal("allowed: open, personal, content")


calendars = ConfigurationKind(
    word="calendar",
    plural="calendars",
    path="calendars",
    row=Calendar,
    said=SaidCalendar,
    order=90,
    references=(_DEPARTMENT,),
    fits=calendar_fits,
    effects=effects.of_calendars,
)
policies = ConfigurationKind(
    word="policy",
    plural="policies",
    path="policies",
    row=Policy,
    said=SaidPolicy,
    order=100,
    references=(_DEPARTMENT, Reference("calendar", "calendars", "calendar_id")),
    refuse=_policy_refuse,
)
categories = ConfigurationKind(
    word="category",
    plural="categories",
    path="categories",
    row=Category,
    said=SaidCategory,
    order=120,
    references=(_DEPARTMENT, Reference("parent", "categories", "parent_category_id")),
    refuse=_category_refuse,
    effects=effects.of_categories,
    is_used=effects.is_category_used,
)
resolution_codes = ConfigurationKind(
    word="resolution code",
    plural="resolution_codes",
    path="resolution-codes",
    row=ResolutionCode,
    said=SaidResolutionCode,
    order=130,
    references=(_DEPARTMENT,),
    effects=effects.of_resolution_codes,
    is_used=effects.is_resolution_code_used,
)
custom_attributes = ConfigurationKind(
    word="custom attribute",
    plural="custom_attributes",
    path="custom-attributes",
    row=CustomAttribute,
    said=SaidCustomAttribute,
    order=140,
    name_columns=("object_type", "name"),
    refuse=_attribute_refuse,
    effects=effects.of_custom_attributes,
)
