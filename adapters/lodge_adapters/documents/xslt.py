"""XSLT 1.0 that can do nothing but transform: no reading, writing or calling, and an end in time.

A stylesheet is a file beside the link; xsl:include and xsl:import take files of that same folder.
document(), exsl:document and every other address are refused. libxslt runs in a process of its own
with 1 GiB of memory at most, which is ended when the time is over; processes are kept for the next
transformation.
"""

from pathlib import Path
from typing import Literal

from lodge_adapters.access.source import BrokenSourceError, SlowSourceError, TooLargeError
from lodge_adapters.documents.bounds import MOST_WHOLE_BYTES
from lodge_adapters.documents.faults import FaultError
from lodge_adapters.documents.processes import GoneError, SlowError, done
from lodge_adapters.documents.safe_xml import refuse_type
from lodge_platform.errors import SetUpError

SECONDS = 10.0


def transformed(
    content: bytes,
    stylesheet: Path,
    where: str,
    *,
    form: Literal["xml", "html"] = "xml",
    seconds: float = SECONDS,
) -> bytes:
    """The document, transformed: UTF-8; for `html` as the stylesheet's xsl:output says.

    Raises SetUpError naming file and line for a stylesheet that cannot be used or fails,
    BrokenSourceError for a document that is no XML or has a document type, SlowSourceError after
    `seconds`, TooLargeError for a document or result above 64 MiB.
    """
    name = stylesheet.name
    if not stylesheet.is_file():
        raise SetUpError(f"{name}: there is no such stylesheet beside the link")
    if len(content) > MOST_WHOLE_BYTES:
        raise TooLargeError(f"{where}: larger than {MOST_WHOLE_BYTES} bytes")
    refuse_type(content, where)
    path = str(stylesheet.absolute())
    job = {"kind": "transform", "stylesheet": path, "form": form}
    try:
        result = done(path, job, content, seconds)
    except SlowError as error:
        raise SlowSourceError(f"{name}: it transforms for longer than {seconds:g} s") from error
    except GoneError as error:
        raise TooLargeError(f"{name}: it needs more memory than a stylesheet may") from error
    except FaultError as error:
        if error.fault == "link":
            raise SetUpError(f"{name} {error}") from error
        kind = TooLargeError if error.fault == "size" else BrokenSourceError
        raise kind(f"{where} {error}") from error
    if len(result) > MOST_WHOLE_BYTES:
        raise TooLargeError(f"{name}: its result is larger than {MOST_WHOLE_BYTES} bytes")
    return result
