"""What the demonstration needs before its first day: the home, its configuration, its folders."""

import socket
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path

import msgspec
from sqlalchemy import select

from lodge_core.configuring.kinds.people import SaidUser
from lodge_core.configuring.kinds.work import SaidAlias
from lodge_platform.cli.first_rows import seed
from lodge_platform.cli.init import make_home
from lodge_platform.cli.reachable import require_reachable
from lodge_platform.configuration import change_configuration
from lodge_platform.configuring.applying import apply
from lodge_platform.configuring.reading import ConfigurationFile, read_configuration_file
from lodge_platform.errors import RefusedError
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import MailLedgerLine
from lodge_platform.schema.master import Alias, Role, User, UserRole
from lodge_platform.services.home_lock import is_locked
from lodge_platform.settings import Settings
from lodge_platform.stores import migrate

BY = "lodge demo"
ADDRESS = "support@lodge.test"
_FOLDER = "demonstration"
_MORE_AGENTS = (["First line", "Orders desk"], ["Refunds desk", "Workshop"], ["Orders desk"])


def inbox_folder(settings: Settings) -> Path:
    """The Maildir that the demonstration's alias is read from."""
    return settings.home / _FOLDER / "support"


def customers_folder(settings: Settings) -> Path:
    """The Maildir in which every simulated customer's mail arrives."""
    return settings.home / _FOLDER / "customers"


def prepare_home(lodge: Lodge, *, now: datetime) -> None:
    """Make the home and its stores as `lodge init` does; what is there stays."""
    make_home(lodge.settings)
    for store in (lodge.stores.master, lodge.stores.active):
        require_reachable(store)
        migrate(store)
    seed(lodge, department="Customer care", now=now)


def has_past(lodge: Lodge) -> bool:
    """Whether a demonstration was played here, or was begun."""
    with lodge.stores.master.read() as master:
        folder = master.execute(select(Alias.source_host).where(Alias.address == ADDRESS)).scalar()
    return folder == str(inbox_folder(lodge.settings)) and _has_mail(lodge)


def refuse_home_in_use(lodge: Lodge) -> None:
    """Raise RefusedError where the demonstration, with its known passwords, has no place."""
    if is_locked(lodge.settings.home):
        raise RefusedError(f"{lodge.settings.home} is running; end it with `lodge down` first")
    with lodge.stores.master.read() as master:
        addresses = list(master.execute(select(Alias.address)).scalars())
    if [address for address in addresses if address != ADDRESS] or _has_mail(lodge):
        raise RefusedError(
            f"{lodge.settings.home} holds work that is no demonstration; name another home with "
            "--home or LODGE_HOME"
        )


def apply_demonstration(lodge: Lodge, *, agents: int, now: datetime) -> ConfigurationFile:
    """Apply the shipped configuration with `agents` agents, its inbox and a port of its own."""
    read = shipped_configuration()
    alias = msgspec.structs.replace(
        alias_in(read),
        source_host=str(inbox_folder(lodge.settings)),
        smtp_port=free_port(),
    )
    said = {**read.said, "aliases": [alias], "users": _users(users_in(read), agents)}
    file = msgspec.structs.replace(read, said=said)
    apply(lodge, file, by=BY, now=now)
    return file


def shipped_configuration() -> ConfigurationFile:
    """The demonstration's configuration as it is in the package."""
    with as_file(files(__package__ or "")) as folder:
        return read_configuration_file(folder / "demonstration.yaml")


def users_in(file: ConfigurationFile) -> list[SaidUser]:
    """The users that a configuration names."""
    return [said for said in file.said["users"] if isinstance(said, SaidUser)]


def alias_in(file: ConfigurationFile) -> SaidAlias:
    """The alias of the demonstration."""
    [alias] = [said for said in file.said["aliases"] if isinstance(said, SaidAlias)]
    return alias


def is_agent(user: SaidUser) -> bool:
    """Whether the user is one of those who are played."""
    return isinstance(user.roles, list) and "agent" in user.roles


def played_agents(lodge: Lodge) -> list[str]:
    """Sign-in names of the agents, as configured, in the order in which they were made."""
    statement = (
        select(User.sign_in_name)
        .join(UserRole, UserRole.user_id == User.user_id)
        .join(Role, Role.role_id == UserRole.role_id)
        .where(Role.name == "agent", User.is_active)
        .order_by(User.user_id)
    )
    with lodge.stores.master.read() as master:
        return list(master.execute(statement).scalars())


def move_port(lodge: Lodge, port: int, *, now: datetime) -> None:
    """Let the alias send by another port, because the one it had is somebody else's now."""
    with change_configuration(lodge.stores.master, by=BY, now=now) as session:
        alias = session.scalars(select(Alias).where(Alias.address == ADDRESS)).one()
        alias.smtp_port = port


def free_port() -> int:
    """A loopback port that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _users(shipped: list[SaidUser], agents: int) -> list[SaidUser]:
    """The shipped users, with fewer or more agents as asked; more have no password."""
    named = [user for user in shipped if is_agent(user)]
    more = [
        SaidUser(
            sign_in_name=f"agent{number}",
            display_name=f"Agent {number}",
            department=named[0].department,
            roles=["agent"],
            skill_groups=list[str](_MORE_AGENTS[number % len(_MORE_AGENTS)]),
        )
        for number in range(len(named) + 1, agents + 1)
    ]
    others = [user for user in shipped if not is_agent(user)]
    return [*named[:agents], *more, *others]


def _has_mail(lodge: Lodge) -> bool:
    with lodge.stores.active.read() as active:
        return active.execute(select(MailLedgerLine.mail_ledger_id).limit(1)).first() is not None
