"""Which actions need a second factor, as the setting `second_factor_actions` says."""

from functools import cache

from lodge_platform.errors import SetUpError, nearest
from lodge_platform.identity.actions import WITHOUT_ROLE, Action
from lodge_platform.settings import Settings


def second_factor_actions(settings: Settings) -> frozenset[Action]:
    """Actions that a sign-in by password alone does not allow.

    Raises SetUpError for a word that is no action.
    """
    return _read(settings.second_factor_actions)


@cache
def _read(said: str) -> frozenset[Action]:
    known = {action.value: action for action in Action if action not in WITHOUT_ROLE}
    words = [word.strip() for word in said.split(",") if word.strip()]
    for word in words:
        if word not in known:
            raise SetUpError(
                f"setting second_factor_actions names {word!r}, which is no action; "
                f"{nearest(word, known)}"
            )
    return frozenset(known[word] for word in words)
