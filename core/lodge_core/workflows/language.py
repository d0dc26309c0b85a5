"""The workflow language: every word a workflow file may hold, and what it means.

    name: triage
    kind: inbound
    department: Customer care
    rules:
      - name: refunds
        when: {subject_contains: [refund, money back]}
        queue: Refunds
    otherwise: General

Rules are tried from the top; the first whose condition holds places the activity. Within a
condition every line must hold; of a list of values, one must. `reading.read_workflow` makes
these values of a file; `decide.decide` says what they mean.
"""

from enum import StrEnum
from typing import Annotated

import msgspec


class WorkflowKind(StrEnum):
    """What a workflow runs on: inbound, on every new activity that came in."""

    INBOUND = "inbound"


class CustomerIs(StrEnum):
    """Whether the customer wrote for the first time, or has cases from before."""

    NEW = "new"
    KNOWN = "known"


class Automatic(StrEnum):
    """Who a mail comes from, as the parser classed it; `none` is a person writing to us."""

    NONE = "none"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    LIST = "list"
    BULK = "bulk"
    CHALLENGE = "challenge"


class LinkIs(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, rename={"is_": "is"}):
    """What must hold of the answer of a data link, asked about the activity.

        link: {name: customer_lookup, field: tier, is: gold, unless_answered: silver}

    `name` is the link's; its parameters are filled from the activity and its customer. `field` is
    one of its fields. Of several rows, and of a list in a row, one must fit; the first 100 rows are
    looked at. Exactly one of:

    - `is`: the value is one of these; numbers compare as numbers, words without regard to case
    - `contains`: one of these is a part of the value, runs of space being one space
    - `at_least`, `at_most`: a number that the value is not below, or not above
    - `has_rows`: whether the source knows anything at all; without `field`
    - `answered`: whether the source answered; false when it is down, slow or broken, or when the
      activity lacks what the link must be asked with; without `field`

    `unless_answered` is taken as the value when the source did not answer, and when there is no row
    or no value in it. Without it the condition does not hold then; and of a source that did not
    answer nothing is concluded: `not` around such a condition does not hold either, so that a
    source that is down never sends work where only the opposite was meant (`answered: false` does).

    A link is asked only when a rule that names it is reached, once an activity. Until it answers,
    or its time is out, the activity stays new; others are placed meanwhile.
    """

    name: str
    field: str | None = None
    is_: tuple[str, ...] | None = None
    contains: tuple[str, ...] | None = None
    at_least: float | None = None
    at_most: float | None = None
    has_rows: bool | None = None
    answered: bool | None = None
    unless_answered: str | None = None


class Condition(msgspec.Struct, frozen=True, omit_defaults=True, rename={"not_": "not"}):
    """What must hold of an activity; at least one line. Words compare without regard to case.

    - `sender_is`: the sender's whole address
    - `sender_domain`: the domain of that address, or one below it
    - `sender_contains`: a part of the sender's name or address
    - `subject_contains`, `body_contains`: a part of the text, runs of space being one space
    - `subject_has_word`, `body_has_word`: whole words in that order, not a part of a longer word
    - `alias`: the address of ours it arrived at
    - `customer`: new or known
    - `customer_name_contains`: a part of the customer's name
    - `earlier_cases_at_least`: how many cases the customer had before this one; 100 at most
    - `automatic`: what the parser classed the mail as; only a rule that names bounce sees bounces
    - `link`: what a data link answers about the activity; see `LinkIs`
    - `all`, `any`: conditions of which all, or one, must hold; `not`: one that must not
    - `always`: true; the only way to say "every activity" in a rule
    """

    sender_is: tuple[str, ...] | None = None
    sender_domain: tuple[str, ...] | None = None
    sender_contains: tuple[str, ...] | None = None
    subject_contains: tuple[str, ...] | None = None
    subject_has_word: tuple[str, ...] | None = None
    body_contains: tuple[str, ...] | None = None
    body_has_word: tuple[str, ...] | None = None
    alias: tuple[str, ...] | None = None
    customer: CustomerIs | None = None
    customer_name_contains: tuple[str, ...] | None = None
    earlier_cases_at_least: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    automatic: tuple[Automatic, ...] | None = None
    link: LinkIs | None = None
    all: "Annotated[tuple[Condition, ...], msgspec.Meta(min_length=1)] | None" = None
    any: "Annotated[tuple[Condition, ...], msgspec.Meta(min_length=1)] | None" = None
    not_: "Condition | None" = None
    always: bool | None = None


class Rule(msgspec.Struct, frozen=True):
    """When the condition holds, the activity goes to that queue."""

    name: str
    when: Condition
    queue: str


class Workflow(msgspec.Struct, frozen=True):
    """A whole file. Without `otherwise`, what no rule places goes on to the next workflow.

    `position` orders a department's workflows; `active` switches one off without losing it.
    """

    name: str
    kind: WorkflowKind
    department: str
    rules: tuple[Rule, ...] = ()
    otherwise: str | None = None
    position: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    active: bool = True
