"""Notes: what people say to one another about a case, an activity or a customer."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import Sensitivity


class Note(Captured, ActiveBase):
    __tablename__ = "notes"
    __table_args__ = ({"comment": "One row per note; no note ever leaves to a customer."},)

    note_id: Mapped[int] = term("Key of the note.", Key, primary_key=True)
    department_id: Mapped[int] = term("Department it was written in; others do not see it.", Key)
    case_id: Mapped[int | None] = term(
        "Case it is about.", Key, ForeignKey("cases.case_id"), index=True
    )
    activity_id: Mapped[int | None] = term(
        "Activity it is about.", Key, ForeignKey("activities.activity_id"), index=True
    )
    customer_id: Mapped[int | None] = term(
        "Customer it is about.", Key, ForeignKey("customers.customer_id"), index=True
    )
    author_id: Mapped[int | None] = term("User who wrote it; empty when a rule did.", Key)
    text: Mapped[str] = term("What it says.", sensitivity=Sensitivity.CONTENT)
    written_at: Mapped[datetime] = term("When it was written.", unit="instant, UTC")
    edited_at: Mapped[datetime | None] = term("When it was last edited.", unit="instant, UTC")
    deleted_at: Mapped[datetime | None] = term("When it was deleted.", unit="instant, UTC")
