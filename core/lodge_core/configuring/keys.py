"""Names to keys: what a configuration file refers to, found in master and in the file itself."""

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lodge_core.configuring.reading import Place
from lodge_platform.errors import nearest
from lodge_platform.schema.master import Department, MediaRoutingDomain, Role, SkillGroup


class Keys:
    """The keys of the rows that others refer to, by name; rows made on the way are added."""

    def __init__(self, session: Session) -> None:
        self._by_word: dict[str, dict[str, int]] = {
            "department": _read(session, Department.name, Department.department_id),
            "media routing domain": _read(
                session, MediaRoutingDomain.name, MediaRoutingDomain.media_routing_domain_id
            ),
            "skill group": _read(session, SkillGroup.name, SkillGroup.skill_group_id),
            "role": _read(session, Role.name, Role.role_id),
        }

    def add(self, word: str, name: str, key: int) -> None:
        """Note a row that was made."""
        self._by_word[word][name] = key

    def find(self, word: str, name: str, place: Place) -> int:
        """The key of the `word` called `name`. Raises RefusedError naming those there are."""
        known = self._by_word[word]
        if name not in known:
            hint = nearest(name, known) if known else "there is none yet"
            raise place.refusal(f"there is no {word} {name!r}; {hint}")
        return known[name]

    def name_of(self, word: str, key: int) -> str:
        """The name of the `word` with that key."""
        return next(name for name, known in self._by_word[word].items() if known == key)


def _read(
    session: Session, name: InstrumentedAttribute[str], key: InstrumentedAttribute[int]
) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(select(name, key))}
