"""Whether a store can be connected to, said so that the reader knows what to set up."""

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from lodge_platform.errors import SetUpError, TryAgainError
from lodge_platform.log import strike_secrets
from lodge_platform.stores import Store

_SET_UP = {
    "does not exist": "make it first, for example with `createdb`",
    "password authentication failed": "put the right user and password into the setting",
    "no password supplied": "put the password into the setting",
    "no pg_hba.conf entry": "let the server admit this user from here",
    "permission denied": "give this user the right to it",
    "could not translate host name": "check the host in the setting",
    "failed to resolve host": "check the host in the setting",
}


def require_reachable(store: Store) -> None:
    """Raise SetUpError when the store refuses us, TryAgainError when it is away."""
    try:
        with store.engine.connect():
            return
    except DBAPIError as error:
        lines = str(error.orig).strip().splitlines() or [repr(error.orig)]
        said = strike_secrets(lines[-1])
        url = make_url(str(store.engine.url)).render_as_string(hide_password=True)
        where = f"setting {store.name}_url ({url}): {said}"
        for words, advice in _SET_UP.items():
            if words in said:
                raise SetUpError(f"{where}; {advice}") from error
        raise TryAgainError(where) from error
