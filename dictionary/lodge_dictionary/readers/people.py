"""A user as a reader, by name: for whoever runs the machine and asks on somebody's behalf."""

from sqlalchemy import select

from lodge_platform.errors import NotFoundError, nearest
from lodge_platform.identity.held_rights import rights_in, select_with_rights
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.identity.users import normal_name
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import User


def reader_named(lodge: Lodge, sign_in_name: str) -> SignedIn:
    """The active user of that sign-in name. Raises NotFoundError with the nearest one."""
    name = normal_name(sign_in_name)
    proof = select(User.user_id).where(User.sign_in_name == name).subquery("proof")
    with lodge.stores.master.read() as connection:
        rows = connection.execute(select_with_rights(proof)).all()
        if not rows:
            known = connection.scalars(select(User.sign_in_name).where(User.is_active))
            raise NotFoundError(f"no active user {name!r}; {nearest(name, known)}")
    first = rows[0]
    return SignedIn(
        user_session_id=0,
        user_id=first.user_id,
        sign_in_name=first.sign_in_name,
        display_name=first.display_name,
        department_id=first.department_id,
        **rights_in(rows),
    )
