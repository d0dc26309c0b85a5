"""The service registry: what should run, where it runs, and how it is doing."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import Captured, Code, Key, MasterBase, Versioned
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import DesiredState


class ServiceInstance(Versioned, MasterBase):
    __tablename__ = "service_instances"
    __table_args__ = ({"comment": "One row per service instance, a service process' set-up."},)

    service_instance_id: Mapped[int] = term("Key of the instance.", Key, primary_key=True)
    name: Mapped[str] = term("Name of the instance.", unique=True, example="mail_retriever")
    process_name: Mapped[str] = term("Service process it runs.", example="mail_retriever")
    host_name: Mapped[str | None] = term(
        "Only host it may run on; empty: any host takes it over when its lease lapses.",
        example="local",
    )
    desired_state: Mapped[DesiredState] = term(
        "What the operator wants: running or stopped.",
        Code(DesiredState),
        default=DesiredState.RUNNING,
        example="running",
    )
    is_automatic: Mapped[bool] = term("Whether `lodge up` starts it.", default=True)


class ServiceLease(Captured, MasterBase):
    __tablename__ = "service_leases"
    __table_args__ = ({"comment": "One row per service instance: who runs it now and how it is."},)

    service_instance_id: Mapped[int] = term(
        "Instance the lease is for.",
        Key,
        ForeignKey("service_instances.service_instance_id"),
        primary_key=True,
        autoincrement=False,
    )
    holder: Mapped[str | None] = term(
        "Host and process that runs it; empty when nobody does.", example="local:4711"
    )
    fencing_token: Mapped[int] = term(
        "Number that grows with each new holder; a write under an older one is refused.",
        example="12",
    )
    expires_at: Mapped[datetime] = term(
        "When the lease lapses unless renewed.", unit="instant, UTC"
    )
    heartbeat_at: Mapped[datetime] = term("When the holder last renewed it.", unit="instant, UTC")
    started_at: Mapped[datetime | None] = term(
        "When the present holder took it.", unit="instant, UTC"
    )
    last_success_at: Mapped[datetime | None] = term(
        "When it last finished a round without an error.", unit="instant, UTC"
    )
    last_error: Mapped[str | None] = term(
        "What went wrong and where, while it is wrong; empty when the last round went well.",
        example="support@lodge.test: connection refused at 127.0.0.1:993",
    )
    last_error_at: Mapped[datetime | None] = term("When it went wrong.", unit="instant, UTC")
    failures_in_row: Mapped[int] = term(
        "Rounds that failed since the last good one.", unit="rounds", default=0
    )
