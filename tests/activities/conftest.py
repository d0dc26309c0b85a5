"""The people whose work is tested here."""

import pytest

from fixtures.team import Team, team_of
from fixtures.team_api import DeskOf
from fixtures.workplace import Workplace


@pytest.fixture
def team(workplace: Workplace) -> Team:
    """A workplace with people in two departments, once on each engine."""
    return team_of(workplace)


@pytest.fixture
def sqlite_team(sqlite_workplace: Workplace) -> Team:
    """As `team`, on SQLite alone."""
    return team_of(sqlite_workplace)


@pytest.fixture
def postgresql_team(postgresql_workplace: Workplace) -> Team:
    """As `team`, on PostgreSQL alone."""
    return team_of(postgresql_workplace)


@pytest.fixture
def desk_of(team: Team) -> DeskOf:
    """Programs of people of the team, by name, once on each engine."""
    return DeskOf(team)
