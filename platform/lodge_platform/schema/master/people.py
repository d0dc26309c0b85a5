"""Departments, users and what they may do."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import Captured, Key, MasterBase, Versioned
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import Sensitivity


class Department(Versioned, MasterBase):
    __tablename__ = "departments"
    __table_args__ = ({"comment": "One row per department, the owner of queues, aliases, users."},)

    department_id: Mapped[int] = term("Key of the department.", Key, primary_key=True)
    name: Mapped[str] = term("Name people know it by.", unique=True, example="Customer care")
    is_active: Mapped[bool] = term("Whether it still takes work.", default=True)


class User(Versioned, MasterBase):
    __tablename__ = "users"
    __table_args__ = ({"comment": "One row per person who signs in: agents and all others."},)

    user_id: Mapped[int] = term(
        "Key of the user; activities name it `agent_id`.", Key, primary_key=True
    )
    department_id: Mapped[int] = term(
        "Department the user belongs to.", Key, ForeignKey("departments.department_id")
    )
    sign_in_name: Mapped[str] = term(
        "Name typed at sign-in, kept in lower case.",
        unique=True,
        sensitivity=Sensitivity.PERSONAL,
        example="grace",
    )
    display_name: Mapped[str] = term(
        "Name shown to colleagues and customers.",
        sensitivity=Sensitivity.PERSONAL,
        example="Grace Hopper",
    )
    password_hash: Mapped[str | None] = term(
        "Argon2id hash of the password; empty means that no password signs this user in.",
        sensitivity=Sensitivity.SECRET,
    )
    email_address: Mapped[str | None] = term(
        "Address by which colleagues and systems reach the user; nobody signs in by it.",
        sensitivity=Sensitivity.PERSONAL,
        example="grace@example.org",
    )
    is_active: Mapped[bool] = term(
        "Whether the user may sign in; switching it off ends every session at once.", default=True
    )


class Role(Versioned, MasterBase):
    __tablename__ = "roles"
    __table_args__ = ({"comment": "One row per role, a named set of actions."},)

    role_id: Mapped[int] = term("Key of the role.", Key, primary_key=True)
    name: Mapped[str] = term("Name the role is granted by.", unique=True, example="supervisor")


class RoleAction(Versioned, MasterBase):
    __tablename__ = "role_actions"
    __table_args__ = (
        UniqueConstraint("role_id", "action"),
        {"comment": "One row per role and action that the role allows."},
    )

    role_action_id: Mapped[int] = term("Key of the grant.", Key, primary_key=True)
    role_id: Mapped[int] = term("Role that allows it.", Key, ForeignKey("roles.role_id"))
    action: Mapped[str] = term(
        "Action allowed, a word of the rights matrix.", example="activity.work"
    )


class UserRole(Versioned, MasterBase):
    __tablename__ = "user_roles"
    __table_args__ = (
        UniqueConstraint("user_id", "role_id", "department_id"),
        {"comment": "One row per user, role and department in which the user has that role."},
    )

    user_role_id: Mapped[int] = term("Key of the grant.", Key, primary_key=True)
    user_id: Mapped[int] = term("User who has the role.", Key, ForeignKey("users.user_id"))
    role_id: Mapped[int] = term("Role the user has.", Key, ForeignKey("roles.role_id"))
    department_id: Mapped[int] = term(
        "Department in which the role counts.", Key, ForeignKey("departments.department_id")
    )


class UserRoleQueue(Versioned, MasterBase):
    __tablename__ = "user_role_queues"
    __table_args__ = (
        UniqueConstraint("user_role_id", "queue_id"),
        {"comment": "One row per queue that a granted role is narrowed to; none: all of them."},
    )

    user_role_queue_id: Mapped[int] = term("Key of the row.", Key, primary_key=True)
    user_role_id: Mapped[int] = term(
        "Grant that is narrowed.", Key, ForeignKey("user_roles.user_role_id")
    )
    queue_id: Mapped[int] = term(
        "Queue in which the role counts.", Key, ForeignKey("queues.queue_id"), index=True
    )


class UserSession(Captured, MasterBase):
    __tablename__ = "user_sessions"
    __table_args__ = ({"comment": "One row per sign-in, ended or not."},)

    user_session_id: Mapped[int] = term("Key of the session.", Key, primary_key=True)
    user_id: Mapped[int] = term("User who signed in.", Key, ForeignKey("users.user_id"), index=True)
    token_hash: Mapped[str] = term(
        "SHA-256 of the random token in the cookie; the token itself is kept nowhere.",
        unique=True,
        sensitivity=Sensitivity.SECRET,
    )
    started_at: Mapped[datetime] = term("When the user signed in.", unit="instant, UTC")
    seen_at: Mapped[datetime] = term(
        "When the session was last used, to the minute.", unit="instant, UTC"
    )
    expires_at: Mapped[datetime] = term("When it ends at the latest.", unit="instant, UTC")
    ended_at: Mapped[datetime | None] = term(
        "When it was ended; empty while it lives.", unit="instant, UTC"
    )
    end_reason: Mapped[str | None] = term(
        "Why it ended: signed_out, password_changed, role_changed, user_disabled, "
        "second_factor_changed, provider_changed.",
        example="signed_out",
    )
    method: Mapped[str] = term(
        "How the user signed in: password, password_totp, or provider:NAME.",
        server_default="password",
        example="password_totp",
    )


class SignInAttempt(MasterBase):
    __tablename__ = "sign_in_attempts"
    __table_args__ = ({"comment": "One row per sign-in tried, for limits on guessing."},)

    sign_in_attempt_id: Mapped[int] = term("Key of the attempt.", Key, primary_key=True)
    sign_in_name: Mapped[str] = term(
        "Name that was typed, in lower case, known or not.",
        index=True,
        sensitivity=Sensitivity.PERSONAL,
    )
    address: Mapped[str] = term(
        "Network address it came from.", index=True, sensitivity=Sensitivity.PERSONAL
    )
    attempted_at: Mapped[datetime] = term("When it was tried.", unit="instant, UTC")
    is_success: Mapped[bool] = term("Whether it signed in.")
