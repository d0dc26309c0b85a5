"""Queues and where they lead: media routing domains and skill groups."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import Code, Key, MasterBase, Versioned
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import Media


class MediaRoutingDomain(Versioned, MasterBase):
    __tablename__ = "media_routing_domains"
    __table_args__ = ({"comment": "One row per media class that work is routed in."},)

    media_routing_domain_id: Mapped[int] = term("Key of the domain.", Key, primary_key=True)
    name: Mapped[str] = term("Name of the domain.", unique=True, example="E-mail")
    media: Mapped[Media] = term(
        "Kind of work: email, chat, callback or task.", Code(Media), example="email"
    )
    task_limit: Mapped[int] = term(
        "How many activities of the domain an agent may hold at once.",
        unit="activities",
        example="3",
    )
    is_interruptible: Mapped[bool] = term(
        "Whether an agent working here may be given work of another domain.", default=True
    )
    offer_seconds: Mapped[int] = term(
        "How long a pushed activity waits for the agent's answer before it goes to the next.",
        unit="seconds",
        example="60",
    )
    misses_allowed: Mapped[int] = term(
        "Offers in a row an agent may let run out before being set not ready.",
        unit="offers",
        example="3",
    )


class SkillGroup(Versioned, MasterBase):
    __tablename__ = "skill_groups"
    __table_args__ = ({"comment": "One row per group of agents who can do one kind of work."},)

    skill_group_id: Mapped[int] = term("Key of the skill group.", Key, primary_key=True)
    department_id: Mapped[int] = term(
        "Department that owns it.", Key, ForeignKey("departments.department_id")
    )
    name: Mapped[str] = term("Name of the group.", unique=True, example="Billing")


class SkillGroupMember(Versioned, MasterBase):
    __tablename__ = "skill_group_members"
    __table_args__ = (
        UniqueConstraint("skill_group_id", "user_id"),
        {"comment": "One row per agent and skill group the agent is in."},
    )

    skill_group_member_id: Mapped[int] = term("Key of the membership.", Key, primary_key=True)
    skill_group_id: Mapped[int] = term(
        "Group the agent is in.", Key, ForeignKey("skill_groups.skill_group_id")
    )
    user_id: Mapped[int] = term("Agent who is in it.", Key, ForeignKey("users.user_id"))


class Queue(Versioned, MasterBase):
    __tablename__ = "queues"
    __table_args__ = ({"comment": "One row per queue, where activities wait for an agent."},)

    queue_id: Mapped[int] = term("Key of the queue.", Key, primary_key=True)
    department_id: Mapped[int] = term(
        "Department that owns it.", Key, ForeignKey("departments.department_id")
    )
    name: Mapped[str] = term("Name of the queue.", unique=True, example="Refunds")
    media_routing_domain_id: Mapped[int] = term(
        "Domain whose task limit and offer time hold here.",
        Key,
        ForeignKey("media_routing_domains.media_routing_domain_id"),
    )
    skill_group_id: Mapped[int | None] = term(
        "Skill group whose agents get its work; empty for an exception queue, which people empty "
        "by hand.",
        Key,
        ForeignKey("skill_groups.skill_group_id"),
    )
    is_exception: Mapped[bool] = term(
        "Whether activities land here because no workflow placed them; one in each department.",
        default=False,
    )
    is_active: Mapped[bool] = term("Whether it still takes activities.", default=True)
    priority: Mapped[int] = term(
        "Rank among queues that the same agents serve; 1 is served first.",
        unit="rank 1 to 7",
        default=4,
        example="4",
    )
    service_level_seconds: Mapped[int] = term(
        "Queue time within which an answer counts as within the service level.",
        unit="seconds",
        example="3600",
    )
