"""What full-text search looks through: the words of activities, cases, notes and articles."""

from datetime import datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import Sensitivity


class SearchDocument(ActiveBase):
    __tablename__ = "search_documents"
    __table_args__ = (
        UniqueConstraint("object_type", "object_id"),
        {
            "comment": "One row per activity, case, note, article or draft, with its words; the "
            "engine's own index of full text stands beside it."
        },
    )

    search_document_id: Mapped[int] = term("Key of the document.", Key, primary_key=True)
    object_type: Mapped[str] = term(
        "activity, case, note, article, or article_draft.", example="case"
    )
    object_id: Mapped[int] = term("Key of the thing.", BigInteger)
    title: Mapped[str] = term("Subject or title.", sensitivity=Sensitivity.CONTENT)
    body: Mapped[str] = term("Everything else that can be found.", sensitivity=Sensitivity.CONTENT)
    indexed_at: Mapped[datetime] = term("When the words were last taken.", unit="instant, UTC")
