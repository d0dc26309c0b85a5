"""The whole registered API over a workplace with something of everything in it."""

from api.house import House, house_of
from fixtures.workplace import NINE, Workplace
from lodge_platform.configuration import change_configuration
from lodge_platform.schema.master import CustomAttribute
from lodge_platform.vocabulary import AttributeType

UNLIMITED = {"api_requests_a_minute": 0, "api_strangers_a_minute": 0}


def whole_house(place: Workplace) -> House:
    """Everything that is registered, without limits, with five cases and an attribute `word` of
    each type of thing."""
    house = house_of(place, None, **UNLIMITED)
    for number in range(5):
        house.case(f"Case {number}")
    with change_configuration(place.lodge.stores.master, by="test", now=NINE) as session:
        for kind in ("activity", "case", "customer"):
            session.add(
                CustomAttribute(
                    object_type=kind,
                    name="word",
                    label="Word",
                    attribute_type=AttributeType.TEXT,
                    choices=[],
                )
            )
    return house
