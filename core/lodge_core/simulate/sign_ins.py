"""Who can sign in to a demonstration, with the passwords that are printed at its start."""

import msgspec
from msgspec import UnsetType
from sqlalchemy import select

from lodge_core.configuring.language import SaidRole
from lodge_core.simulate.set_up import shipped_configuration
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
            role=_role(user.roles),
            display_name=user.display_name,
        )
        for user in shipped_configuration().said.users
        if user.sign_in_name in there and user.password is not None
    ]


def _role(roles: list[str | SaidRole] | UnsetType) -> str:
    return ", ".join(map(str, roles)) if isinstance(roles, list) else ""
