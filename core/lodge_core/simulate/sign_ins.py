"""Who can sign in to a demonstration, with the passwords that are printed at its start."""

import msgspec
from sqlalchemy import select

from lodge_core.configuring.kinds.people import SaidUser
from lodge_core.simulate.set_up import shipped_configuration, users_in
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import User


class DemonstrationSignIn(msgspec.Struct, frozen=True):
    """One sign-in; the first of them is the agent nobody plays."""

    sign_in_name: str
    password: str
    role: str
    display_name: str


def demonstration_sign_ins(lodge: Lodge) -> list[DemonstrationSignIn]:
    """The demonstration's users who are in this home: who can try what, agents first."""
    with lodge.stores.master.read() as master:
        there = set(master.execute(select(User.sign_in_name).where(User.is_active)).scalars())
    return [
        DemonstrationSignIn(
            sign_in_name=user.sign_in_name,
            password=user.password,
            role=_role(user),
            display_name=user.display_name,
        )
        for user in users_in(shipped_configuration())
        if user.sign_in_name in there and user.password is not None
    ]


def _role(user: SaidUser) -> str:
    return ", ".join(map(str, user.roles)) if isinstance(user.roles, list) else ""
