"""The rule of every table and mart that readers may query. What has none is not there for them.

`lodge dictionary check` names a landed table or mart without a rule, so that leaving one out is
always a decision: `nobody` says it.
"""

from lodge_dictionary.readers.rules import (
    Rule,
    Within,
    all_of,
    any_of,
    by_department,
    by_queue,
    deleted,
    everybody,
    house,
    nobody,
    through,
    when,
)
from lodge_platform.identity.actions import Action

_DEPARTMENT = by_department()
_CASE = any_of(_DEPARTMENT, through("case_id", "active.activities", rule=by_queue()))
_CUSTOMER = any_of(
    _DEPARTMENT,
    through("customer_id", "active.cases", rule=_DEPARTMENT),
    through("customer_id", "active.activities", rule=_DEPARTMENT),
)
_ACTIVITYS = through("activity_id", "active.activities", rule=_DEPARTMENT)
_CUSTOMERS = through("customer_id", "active.customers", rule=_CUSTOMER)
_EMAILS = through("email_id", "active.emails", rule=_ACTIVITYS)
_USERS = through("user_id", "master.users", rule=_DEPARTMENT)
_GONE = any_of(
    deleted("activity_id", "active.activities"),
    deleted("case_id", "active.cases"),
    deleted("customer_id", "active.customers"),
)


def _object(kind: str, within: Within) -> Within:
    return when(f"t.object_type = '{kind}'", within)


_VALUES = any_of(
    _object(
        "activity",
        through("object_id", "active.activities", "activity_id", rule=_DEPARTMENT),
    ),
    _object("case", through("object_id", "active.cases", "case_id", rule=_CASE)),
    _object("customer", through("object_id", "active.customers", "customer_id", rule=_CUSTOMER)),
)
_ATTRIBUTES = frozenset({"attributes"})
_PAYLOAD = frozenset({"payload"})
_CONFIGURED = Rule(_DEPARTMENT, needs=(Action.CONFIGURATION_READ,))
_FOR_AUDIT = Rule(house, needs=(Action.AUDIT_READ,))
_FOR_MANAGERS = Rule(house, needs=(Action.USER_MANAGE,))
# calls and writes for no activity are of no department: the whole house's
_OF_LINKS = Rule(any_of(_DEPARTMENT, house), needs=(Action.LINK_READ,), mixed=_PAYLOAD)

RULES: dict[str, Rule] = {
    "marts.activities": Rule(_DEPARTMENT),
    "marts.activity_categories": Rule(_DEPARTMENT),
    "marts.articles": Rule(_DEPARTMENT),
    "marts.cases": Rule(_CASE),
    "marts.custom_attribute_values": Rule(
        _VALUES,
        graded=frozenset(
            {"text_value", "number_value", "boolean_value", "date_value", "instant_value"}
        ),
    ),
    "marts.customers": Rule(_CUSTOMER),
    "marts.emails": Rule(through("activity_id", "marts.activities", rule=_DEPARTMENT)),
    "marts.link_calls": _OF_LINKS,
    "marts.queue_intervals": Rule(_DEPARTMENT),
    "active.access_records": _FOR_AUDIT,
    "active.activities": Rule(_DEPARTMENT, mixed=_ATTRIBUTES),
    "active.activity_events": Rule(_DEPARTMENT, mixed=_PAYLOAD, gone=_GONE),
    "active.agent_states": Rule(through("agent_id", "master.users", "user_id", rule=_DEPARTMENT)),
    "active.article_folders": Rule(_DEPARTMENT),
    "active.article_versions": Rule(through("article_id", "active.articles", rule=_DEPARTMENT)),
    "active.articles": Rule(_DEPARTMENT),
    "active.attachments": Rule(
        any_of(_ACTIVITYS, through("article_id", "active.articles", rule=_DEPARTMENT))
    ),
    "active.case_relations": Rule(
        all_of(
            through("case_id", "active.cases", rule=_CASE),
            through("related_case_id", "active.cases", "case_id", rule=_CASE),
        )
    ),
    "active.cases": Rule(_CASE, mixed=_ATTRIBUTES),
    "active.contact_persons": Rule(_CUSTOMERS),
    "active.contact_points": Rule(_CUSTOMERS),
    "active.customers": Rule(_CUSTOMER, mixed=_ATTRIBUTES),
    "active.data_links": Rule(everybody, needs=(Action.LINK_READ,), is_open_only=True),
    "active.delivery_attempts": Rule(through("outbox_id", "active.outbox", rule=_DEPARTMENT)),
    "active.email_recipients": Rule(_EMAILS),
    "active.email_references": Rule(_EMAILS),
    "active.emails": Rule(_ACTIVITYS),
    "active.link_calls": _OF_LINKS,
    "active.link_writes": _OF_LINKS,
    "active.mail_ledger": Rule(_DEPARTMENT),
    "active.notes": Rule(_DEPARTMENT, gone=_GONE),
    "active.offers": Rule(_DEPARTMENT),
    "active.outbox": Rule(_DEPARTMENT, mixed=_PAYLOAD, gone=_GONE),
    "active.quarantine": Rule(_DEPARTMENT),
    "active.routing_decisions": Rule(nobody),  # one round is about all departments at once
    "active.webhook_attempts": Rule(
        through("webhook_delivery_id", "active.webhook_deliveries", rule=_DEPARTMENT),
        needs=(Action.WEBHOOK_READ,),
    ),
    "active.webhook_deliveries": Rule(_DEPARTMENT, needs=(Action.WEBHOOK_READ,), mixed=_PAYLOAD),
    "master.aliases": _CONFIGURED,
    "master.api_keys": _FOR_MANAGERS,
    "master.calendars": _CONFIGURED,
    "master.categories": _CONFIGURED,
    "master.configuration_versions": _FOR_AUDIT,
    "master.custom_attributes": Rule(everybody, is_open_only=True),
    "master.departments": Rule(_DEPARTMENT),
    "master.entry_points": _CONFIGURED,
    "master.identity_providers": _FOR_MANAGERS,
    "master.media_routing_domains": Rule(everybody, is_open_only=True),
    "master.policies": _CONFIGURED,
    "master.queues": _CONFIGURED,
    "master.resolution_codes": _CONFIGURED,
    "master.role_actions": Rule(everybody, is_open_only=True),
    "master.roles": Rule(everybody, is_open_only=True),
    "master.service_instances": Rule(house, needs=(Action.SERVICE_READ,)),
    "master.service_leases": Rule(house, needs=(Action.SERVICE_READ,)),
    "master.skill_group_members": Rule(
        through("skill_group_id", "master.skill_groups", rule=_DEPARTMENT),
        needs=(Action.CONFIGURATION_READ,),
    ),
    "master.skill_groups": _CONFIGURED,
    "master.user_identities": _FOR_MANAGERS,
    "master.user_role_queues": Rule(through("user_role_id", "master.user_roles", rule=_DEPARTMENT)),
    "master.user_roles": Rule(_DEPARTMENT),
    "master.user_sessions": _FOR_AUDIT,
    "master.users": Rule(_DEPARTMENT),
    "master.webhooks": Rule(_DEPARTMENT, needs=(Action.WEBHOOK_READ,)),
    "master.workflows": _CONFIGURED,
}
