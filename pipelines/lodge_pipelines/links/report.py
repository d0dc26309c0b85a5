"""What loading one link did, or why it came to nothing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LinkLoad:
    """One link of one run. `read` rows came, `written` of them differ from what was landed before,
    `removed` are gone at the source, `rows` are landed now.

    `notes` tell what else happened to the table; `failure` says why nothing was loaded: then what
    was landed before stays as it is.
    """

    link: str
    version: str
    read: int = 0
    written: int = 0
    removed: int = 0
    rows: int = 0
    is_full: bool = False
    notes: tuple[str, ...] = ()
    failure: str | None = None

    def said(self) -> str:
        """The load in one line."""
        name = f"links.{self.link}"
        if self.failure is not None:
            return f"{name}: not loaded, what was landed before stays: {self.failure}"
        notes = "".join(f"; {note}" for note in self.notes)
        return (
            f"{name}: {self.read} rows read, {self.written} written, {self.removed} removed, "
            f"{self.rows} landed{notes}"
        )
