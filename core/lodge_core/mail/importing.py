"""Mail from files, taken in by the same path as the retriever's; a second import adds nothing."""

import re
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from lodge_core.mail.aliases import AliasInForce, alias_at, read_aliases
from lodge_core.mail.retrieve import Clock, Retrieved, retrieve
from lodge_core.mail.sources.files import open_files_at
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import RefusedError, SetUpError
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import Alias, Department
from lodge_platform.vocabulary import AfterStored, SourceKind

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def import_mail(lodge: Lodge, alias: AliasInForce, path: Path, *, clock: Clock) -> Retrieved:
    """Take in every message at `path`, which is left as it is.

    The ledger names the path as the folder, so each message there has its line.
    """
    folder = f"import:{path.resolve()}"
    source = open_files_at(path, folder=folder)
    return retrieve(
        lodge,
        msgspec.structs.replace(alias, folders=[folder]),
        source,
        clock=clock,
        action=AfterStored.LEAVE,
    )


def alias_for_import(lodge: Lodge, address: str, *, now: datetime) -> AliasInForce:
    """The alias with that address; in a home that has none yet, it becomes the first.

    Such an alias belongs to the first department and is not retrieved: it is there for imports,
    until a configuration says more. Raises NotFoundError where there are other aliases.
    """
    with lodge.stores.master.read() as master:
        is_first = not read_aliases(master)
    if is_first:
        with change_configuration(lodge.stores.master, by="mail import", now=now) as session:
            department_id = session.scalar(select(func.min(Department.department_id)))
            if department_id is None:
                raise SetUpError("there is no department to own the alias; run `lodge init`")
            if not _ADDRESS.fullmatch(address.strip()):
                raise RefusedError(f"{address!r} is not an address; such as support@shop.example")
            session.add(
                Alias(
                    department_id=department_id,
                    address=address.strip().lower(),
                    source_kind=SourceKind.MAILDIR,
                    is_active=False,
                )
            )
    with lodge.stores.master.read() as master:
        return alias_at(master, address)
