"""Workflows: declared files that place activities, kept with their past."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import Key, MasterBase, Versioned
from lodge_platform.schema.terms import term


class Workflow(Versioned, MasterBase):
    __tablename__ = "workflows"
    __table_args__ = ({"comment": "One row per workflow, as last applied from its file."},)

    workflow_id: Mapped[int] = term("Key of the workflow.", Key, primary_key=True)
    department_id: Mapped[int] = term(
        "Department that owns it.", Key, ForeignKey("departments.department_id")
    )
    name: Mapped[str] = term("Name of the workflow.", unique=True, example="triage")
    kind: Mapped[str] = term("What it runs on; inbound is built.", example="inbound")
    document: Mapped[str] = term("The file as written, YAML.")
    is_active: Mapped[bool] = term("Whether it runs.", default=True)
    position: Mapped[int] = term(
        "Order among the department's workflows; the first that places the activity wins.",
        default=1,
        example="1",
    )
