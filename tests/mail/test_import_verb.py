"""`lodge mail import` in a new home."""

from datetime import UTC, datetime

import pytest

from lodge_core.mail.importing import alias_for_import
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import NotFoundError, RefusedError, SetUpError
from lodge_platform.lodge import open_lodge
from lodge_platform.schema.master import Department
from lodge_platform.settings import Settings

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_the_first_address_imported_for_becomes_an_alias_that_is_not_retrieved(
    settings: Settings,
) -> None:
    lodge = open_lodge(settings)
    with pytest.raises(SetUpError, match="run `lodge init`"):
        alias_for_import(lodge, "support@lodge.test", now=NINE)
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        session.add(Department(name="Customer care"))
    with pytest.raises(RefusedError, match="'support' is not an address"):
        alias_for_import(lodge, "support", now=NINE)
    alias = alias_for_import(lodge, "Support@Lodge.test", now=NINE)
    assert (alias.address, alias.is_active) == ("support@lodge.test", False)
    assert alias_for_import(lodge, "support@lodge.test", now=NINE) == alias
    with pytest.raises(NotFoundError, match=r"there are: support@lodge\.test"):
        alias_for_import(lodge, "suport@lodge.test", now=NINE)
    lodge.close()
