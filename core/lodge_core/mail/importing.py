"""Mail from files, taken in by the same path as the retriever's; a second import adds nothing."""

from pathlib import Path

import msgspec

from lodge_core.mail.aliases import AliasInForce
from lodge_core.mail.retrieve import Clock, Retrieved, retrieve
from lodge_core.mail.sources.files import open_files_at
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import AfterStored


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
