"""A Lodge with roles, and an agent."""

import pytest

from fixtures.workplace import Workplace
from identity.people import person, with_roles
from lodge_platform.lodge import Lodge


@pytest.fixture
def lodge(workplace: Workplace) -> Lodge:
    """A Lodge with the default roles, once on each engine."""
    return with_roles(workplace)


@pytest.fixture
def grace(lodge: Lodge, workplace: Workplace) -> int:
    """An agent; the key."""
    return person(lodge, "grace", "agent", department_id=workplace.department_id)


@pytest.fixture
def ida(lodge: Lodge, workplace: Workplace) -> int:
    """An integrator; the key."""
    return person(lodge, "ida", "integrator", department_id=workplace.department_id)
