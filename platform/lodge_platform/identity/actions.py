"""The closed list of actions, what each one lets a person do, and the roles a new home has."""

from enum import StrEnum


class Action(StrEnum):
    """One thing that a right is needed for; routes and verbs each declare exactly one."""

    PUBLIC = "public"
    SESSION_OWN = "session.own"
    CONSOLE_USE = "console.use"
    ACTIVITY_READ = "activity.read"
    ACTIVITY_WORK = "activity.work"
    ACTIVITY_PICK = "activity.pick"
    ACTIVITY_TRANSFER = "activity.transfer"
    ACTIVITY_DELETE = "activity.delete"
    CASE_WORK = "case.work"
    CASE_DELETE = "case.delete"
    CUSTOMER_READ = "customer.read"
    CUSTOMER_WORK = "customer.work"
    CUSTOMER_MERGE = "customer.merge"
    CUSTOMER_DELETE = "customer.delete"
    ARTICLE_READ = "article.read"
    ARTICLE_WRITE = "article.write"
    ARTICLE_PUBLISH = "article.publish"
    PERSONAL_READ = "personal.read"
    CONTENT_READ = "content.read"
    EXPORT = "export"
    CHANGES_READ = "changes.read"
    WEBHOOK_READ = "webhook.read"
    WEBHOOK_WRITE = "webhook.write"
    KEY_OWN = "key.own"
    AUDIT_READ = "audit.read"
    CONFIGURATION_READ = "configuration.read"
    CONFIGURATION_WRITE = "configuration.write"
    MAIL_READ = "mail.read"
    MAIL_OPERATE = "mail.operate"
    QUARANTINE_READ = "quarantine.read"
    QUARANTINE_RETRY = "quarantine.retry"
    SERVICE_READ = "service.read"
    SERVICE_OPERATE = "service.operate"
    LINK_ASK = "link.ask"
    LINK_WRITE = "link.write"
    LINK_READ = "link.read"
    LINK_OPERATE = "link.operate"
    SQL_QUERY = "sql.query"
    PIPELINES_RUN = "pipelines.run"
    DICTIONARY_READ = "dictionary.read"
    DASHBOARDS_READ = "dashboards.read"
    SETTINGS_READ = "settings.read"
    STORE_VERIFY = "store.verify"
    STORE_OPERATE = "store.operate"
    USER_MANAGE = "user.manage"


MEANINGS: dict[Action, str] = {
    Action.PUBLIC: "Anybody, without signing in; nothing personal is behind it.",
    Action.SESSION_OWN: "Anybody signed in, for their own session.",
    Action.CONSOLE_USE: "Open the console and set one's own state.",
    Action.ACTIVITY_READ: "Read activities, cases, mails and attachments of the department.",
    Action.ACTIVITY_WORK: "Accept, reject, answer and complete what is one's own.",
    Action.ACTIVITY_PICK: "Take a chosen activity out of a queue of the department.",
    Action.ACTIVITY_TRANSFER: "Give an activity to another agent, queue or department; requeue.",
    Action.ACTIVITY_DELETE: "Delete an activity; its row stays, shown to nobody.",
    Action.CASE_WORK: "Change, note, relate, merge, split, close and reopen cases.",
    Action.CASE_DELETE: "Delete a case; its row stays, shown to nobody.",
    Action.CUSTOMER_READ: "See customers the department knows, with persons and contact points.",
    Action.CUSTOMER_WORK: "Make and change customers, their persons and contact points.",
    Action.CUSTOMER_MERGE: "Merge customers, and undo it.",
    Action.CUSTOMER_DELETE: "Delete a customer; the row stays, shown to nobody.",
    Action.ARTICLE_READ: "Read the department's published articles.",
    Action.ARTICLE_WRITE: "Read drafts; write articles and folders.",
    Action.ARTICLE_PUBLISH: "Publish and withdraw articles.",
    Action.PERSONAL_READ: "See personal data: names, addresses, numbers of people.",
    Action.CONTENT_READ: "See content: subjects, texts, attachments.",
    Action.EXPORT: "Take many rows out at once.",
    Action.CHANGES_READ: "Follow the change feed.",
    Action.WEBHOOK_READ: "See webhooks and what was delivered.",
    Action.WEBHOOK_WRITE: "Make, change, pause and replay webhooks.",
    Action.KEY_OWN: "Make and revoke API keys of one's own.",
    Action.AUDIT_READ: "See who changed, read and exported what.",
    Action.CONFIGURATION_READ: "See queues, workflows, aliases and their past.",
    Action.CONFIGURATION_WRITE: "Change queues, workflows and aliases.",
    Action.MAIL_READ: "Parse a mail and see the balance of the mailbox ledger.",
    Action.MAIL_OPERATE: "Bring mail in by hand.",
    Action.QUARANTINE_READ: "See inputs that could not be taken in.",
    Action.QUARANTINE_RETRY: "Try a quarantined input again, or dismiss it.",
    Action.SERVICE_READ: "See which services run and how they are.",
    Action.SERVICE_OPERATE: "Start and stop services.",
    Action.LINK_ASK: "Ask data links, those that name one's role as a caller.",
    Action.LINK_WRITE: "Write by data links, those that name one's role as a caller.",
    Action.LINK_READ: "See which data links there are, how they are, and what was written.",
    Action.LINK_OPERATE: "Try, record and replay calls of data links.",
    Action.SQL_QUERY: "Query the reports store by read-only SQL.",
    Action.PIPELINES_RUN: "Load, transform and check the reports store now.",
    Action.DICTIONARY_READ: "Read and check the dictionary.",
    Action.DASHBOARDS_READ: "See the dashboards.",
    Action.SETTINGS_READ: "See the settings in force; secrets are never among them.",
    Action.STORE_VERIFY: "Compare rows with events, ledger with mail.",
    Action.STORE_OPERATE: "Make, migrate, fill and measure stores.",
    Action.USER_MANAGE: "Make and disable users, set passwords, grant roles.",
}

_AGENT = frozenset(
    {
        Action.CONSOLE_USE,
        Action.ACTIVITY_READ,
        Action.ACTIVITY_WORK,
        Action.ACTIVITY_TRANSFER,
        Action.CASE_WORK,
        Action.CUSTOMER_READ,
        Action.CUSTOMER_WORK,
        Action.ARTICLE_READ,
        Action.PERSONAL_READ,
        Action.CONTENT_READ,
        Action.DICTIONARY_READ,
        Action.LINK_ASK,
    }
)
_SUPERVISOR = _AGENT | {
    Action.ACTIVITY_PICK,
    Action.ACTIVITY_DELETE,
    Action.CASE_DELETE,
    Action.CUSTOMER_MERGE,
    Action.ARTICLE_WRITE,
    Action.ARTICLE_PUBLISH,
    Action.EXPORT,
    Action.AUDIT_READ,
    Action.CONFIGURATION_READ,
    Action.DASHBOARDS_READ,
    Action.LINK_READ,
    Action.QUARANTINE_READ,
    Action.SERVICE_READ,
}
_ANALYST = frozenset(
    {
        Action.CONFIGURATION_READ,
        Action.DASHBOARDS_READ,
        Action.DICTIONARY_READ,
        Action.LINK_READ,
        Action.PIPELINES_RUN,
        Action.SQL_QUERY,
    }
)
_INTEGRATOR = frozenset(
    {
        Action.ACTIVITY_READ,
        Action.CASE_WORK,
        Action.CUSTOMER_READ,
        Action.CUSTOMER_WORK,
        Action.ARTICLE_READ,
        Action.PERSONAL_READ,
        Action.CONTENT_READ,
        Action.EXPORT,
        Action.CHANGES_READ,
        Action.WEBHOOK_READ,
        Action.WEBHOOK_WRITE,
        Action.KEY_OWN,
        Action.CONFIGURATION_READ,
        Action.CONFIGURATION_WRITE,
        Action.DICTIONARY_READ,
        Action.LINK_ASK,
        Action.LINK_WRITE,
        Action.LINK_READ,
        Action.LINK_OPERATE,
        Action.MAIL_READ,
        Action.MAIL_OPERATE,
        Action.QUARANTINE_READ,
        Action.QUARANTINE_RETRY,
        Action.SERVICE_READ,
        Action.SETTINGS_READ,
    }
)

# Held by everybody (PUBLIC) or by everybody signed in (SESSION_OWN), so no role grants them.
WITHOUT_ROLE = frozenset({Action.PUBLIC, Action.SESSION_OWN})

DEFAULT_ROLES: dict[str, frozenset[Action]] = {
    "agent": _AGENT,
    "supervisor": _SUPERVISOR,
    "analyst": _ANALYST,
    "integrator": _INTEGRATOR,
    "administrator": frozenset(Action) - WITHOUT_ROLE,
}
