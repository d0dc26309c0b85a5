"""How people and programs prove who they are, beside a password."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import Json, Key, MasterBase, Versioned
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import Sensitivity

_PERSONAL = Sensitivity.PERSONAL
_SECRET = Sensitivity.SECRET


class ApiKey(Versioned, MasterBase):
    __tablename__ = "api_keys"
    __table_args__ = ({"comment": "One row per key by which a program acts for a user."},)

    api_key_id: Mapped[int] = term("Key of the row.", Key, primary_key=True)
    user_id: Mapped[int] = term(
        "User it acts for; it never may more than this user.",
        Key,
        ForeignKey("users.user_id"),
        index=True,
    )
    name: Mapped[str] = term("What it is for.", example="nightly import")
    start: Mapped[str] = term("First characters of the key, to know it by.", example="lodge_4f1c")
    token_hash: Mapped[str] = term(
        "SHA-256 of the key; the key itself is kept nowhere.", unique=True, sensitivity=_SECRET
    )
    actions: Mapped[list[Any]] = term(
        "Actions it may do, of those its user may.", Json, example='["activity.read"]'
    )
    department_ids: Mapped[list[Any] | None] = term(
        "Departments it is narrowed to; empty: all of its user's.", Json
    )
    created_at: Mapped[datetime] = term("When it was made.", unit="instant, UTC")
    expires_at: Mapped[datetime] = term("When it ends at the latest.", unit="instant, UTC")
    revoked_at: Mapped[datetime | None] = term("When it was revoked.", unit="instant, UTC")


class ApiKeyUse(MasterBase):
    __tablename__ = "api_key_uses"
    __table_args__ = ({"comment": "One row per API key that was used: when it last was."},)

    api_key_id: Mapped[int] = term(
        "Key that was used.",
        Key,
        ForeignKey("api_keys.api_key_id"),
        primary_key=True,
        autoincrement=False,
    )
    used_at: Mapped[datetime] = term("When it was last used, to the minute.", unit="instant, UTC")
    address: Mapped[str] = term("Network address it came from.", sensitivity=_PERSONAL)


class IdentityProvider(Versioned, MasterBase):
    __tablename__ = "identity_providers"
    __table_args__ = ({"comment": "One row per OpenID Connect provider people may sign in by."},)

    identity_provider_id: Mapped[int] = term("Key of the provider.", Key, primary_key=True)
    name: Mapped[str] = term("Word for it in addresses.", unique=True, example="staff")
    display_name: Mapped[str] = term("Name on the sign-in page.", example="Staff account")
    issuer: Mapped[str] = term(
        "Its issuer, exactly as in its tokens.", example="https://id.example.org"
    )
    client_id: Mapped[str] = term("Our name with it.", example="lodge")
    client_secret_name: Mapped[str] = term(
        "Name of the secret shared with it; the secret itself is never stored.",
        example="staff_oidc",
    )
    is_active: Mapped[bool] = term("Whether it may be used.", default=True)


class UserIdentity(Versioned, MasterBase):
    __tablename__ = "user_identities"
    __table_args__ = (
        UniqueConstraint("identity_provider_id", "subject"),
        {"comment": "One row per account at a provider and the user it signs in."},
    )

    user_identity_id: Mapped[int] = term("Key of the row.", Key, primary_key=True)
    user_id: Mapped[int] = term(
        "User it signs in; linked on purpose, never by a like address.",
        Key,
        ForeignKey("users.user_id"),
        index=True,
    )
    identity_provider_id: Mapped[int] = term(
        "Provider of the account.", Key, ForeignKey("identity_providers.identity_provider_id")
    )
    subject: Mapped[str] = term("The provider's name for the account.", sensitivity=_PERSONAL)


class SecondFactor(MasterBase):
    __tablename__ = "second_factors"
    __table_args__ = ({"comment": "One row per user with a time-based one-time password."},)

    user_id: Mapped[int] = term(
        "User who has it.", Key, ForeignKey("users.user_id"), primary_key=True, autoincrement=False
    )
    sealed_secret: Mapped[str] = term("Its secret, encrypted.", sensitivity=_SECRET)
    confirmed_at: Mapped[datetime | None] = term(
        "When a first code was right; before that it is not asked for.", unit="instant, UTC"
    )
    last_step: Mapped[int | None] = term(
        "Time step of the last code taken; no code is taken twice.", sensitivity=_SECRET
    )
    recovery_hashes: Mapped[list[Any]] = term(
        "Hashes of the recovery codes not used yet.", Json, sensitivity=_SECRET
    )


class OneTimeToken(MasterBase):
    __tablename__ = "one_time_tokens"
    __table_args__ = (
        {"comment": "One row per token that is good for one step: a reset, a second factor."},
    )

    one_time_token_id: Mapped[int] = term("Key of the token.", Key, primary_key=True)
    token_hash: Mapped[str] = term(
        "SHA-256 of the token; the token itself is kept nowhere.", unique=True, sensitivity=_SECRET
    )
    purpose: Mapped[str] = term(
        "What it is good for: second_factor, password_reset, invitation, provider.",
        example="second_factor",
    )
    user_id: Mapped[int | None] = term(
        "User it is for; empty where that is only known later.", Key, ForeignKey("users.user_id")
    )
    particulars: Mapped[dict[str, Any]] = term(
        "What the step needs: for a provider nonce, verifier and page to return to.",
        Json,
        sensitivity=_SECRET,
    )
    created_at: Mapped[datetime] = term("When it was made.", unit="instant, UTC")
    expires_at: Mapped[datetime] = term(
        "When it is worth nothing.", unit="instant, UTC", index=True
    )
    used_at: Mapped[datetime | None] = term("When it was used.", unit="instant, UTC")
    failures: Mapped[int] = term("Wrong codes typed with it.", unit="tries", server_default="0")
