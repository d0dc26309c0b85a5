"""Agents' states, offers, and the journal of the router."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Code, Json, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import AgentStateCode, OfferOutcome


class AgentState(Captured, ActiveBase):
    __tablename__ = "agent_states"
    __table_args__ = (
        UniqueConstraint("agent_id", "media_routing_domain_id"),
        {"comment": "One row per agent and media routing domain: what the agent does there now."},
    )

    agent_state_id: Mapped[int] = term("Key of the line.", Key, primary_key=True)
    agent_id: Mapped[int] = term("Agent whose state it is.", Key)
    media_routing_domain_id: Mapped[int] = term("Media routing domain the state holds in.", Key)
    state: Mapped[AgentStateCode] = term("signed_out, not_ready or ready.", Code(AgentStateCode))
    reason: Mapped[str | None] = term(
        "Why the state was taken, where the agent or a rule said so.", example="lunch"
    )
    misses_in_row: Mapped[int] = term("Offers in a row that ran out.", unit="offers")
    since_at: Mapped[datetime] = term("Since when the agent is in it.", unit="instant, UTC")


class Offer(Captured, ActiveBase):
    __tablename__ = "offers"
    __table_args__ = (
        Index("ix_offers_agent_id_offered_at", "agent_id", "offered_at"),
        Index("ix_offers_outcome_expires_at", "outcome", "expires_at"),
        {"comment": "One row per activity pushed to an agent, and what became of it."},
    )

    offer_id: Mapped[int] = term("Key of the offer.", Key, primary_key=True)
    activity_id: Mapped[int] = term(
        "Activity that was offered.", Key, ForeignKey("activities.activity_id"), index=True
    )
    department_id: Mapped[int] = term("Department of the activity.", Key)
    queue_id: Mapped[int] = term("Queue it came out of.", Key)
    agent_id: Mapped[int] = term("Agent it was offered to.", Key)
    routing_decision_id: Mapped[int | None] = term("Decision of the router behind it.", Key)
    outcome: Mapped[OfferOutcome] = term(
        "pending, accepted, rejected, expired or withdrawn.", Code(OfferOutcome)
    )
    offered_at: Mapped[datetime] = term("When it was offered.", unit="instant, UTC")
    expires_at: Mapped[datetime] = term("When it runs out.", unit="instant, UTC")
    decided_at: Mapped[datetime | None] = term(
        "When it was answered, withdrawn, or ran out.", unit="instant, UTC"
    )


class RoutingDecision(Captured, ActiveBase):
    __tablename__ = "routing_decisions"
    __table_args__ = ({"comment": "One row per round in which the router decided something."},)

    routing_decision_id: Mapped[int] = term("Key of the decision.", Key, primary_key=True)
    decided_at: Mapped[datetime] = term("The `now` it was decided at.", unit="instant, UTC")
    configuration_version_id: Mapped[int] = term("Configuration it was decided under.", Key)
    fencing_token: Mapped[int] = term("Lease under which the router decided.")
    snapshot: Mapped[dict[str, Any]] = term(
        "Everything the decision read, so that it can be decided again.", Json
    )
    decisions: Mapped[list[Any]] = term("What was decided: activity, agent, rule.", Json)
