"""The e-mail account (发件邮箱) by which a tenant sends e-mails."""

from typing import Annotated, Literal

import peewee
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.tenants import audit

SECURITIES = {"tls": "SSL/TLS", "starttls": "STARTTLS", "none": "不加密（仅本机）"}
ADDRESS = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"


class EmailAccount(Model):
    """The SMTP server and the sender. There is at most one row."""

    only = peewee.IntegerField(default=1, unique=True, constraints=[peewee.Check('"only" = 1')])
    host = peewee.CharField(max_length=255)
    port = peewee.IntegerField()
    security = peewee.CharField(max_length=10, constraints=[peewee.Check(f"security IN {tuple(SECURITIES)}")])
    username = peewee.CharField(max_length=200)
    password = EncryptedField(context="email_account.password")
    sender_address = peewee.CharField(max_length=200)
    sender_name = peewee.CharField(max_length=60)
    changed_at = UtcDateTimeField(default=clock.now)


class EmailAccountInput(BaseModel):
    """What staff enter. Without a password the present one stays."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    host: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9.:\-]+$")]
    port: int = Field(ge=1, le=65_535)
    security: Literal["tls", "starttls", "none"]
    username: Annotated[str, StringConstraints(max_length=200)] = ""
    password: Annotated[str, StringConstraints(max_length=200)] = ""
    sender_address: Annotated[str, StringConstraints(max_length=200, pattern=ADDRESS)]
    sender_name: Annotated[
        str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f<>\"]+$")
    ]


def find() -> EmailAccount | None:
    """Return the e-mail account of the tenant, or None."""
    return EmailAccount.find(only=1)


@db.transactional
def save(**values: object) -> EmailAccount:
    """Create or change the e-mail account. Idempotent. Raises DomainError(invalid)."""
    entered = validate(EmailAccountInput, values)
    if entered.security == "none" and entered.host not in ("127.0.0.1", "localhost", "::1"):
        raise errors.invalid("security", "只有本机的服务器可以不加密")
    db.advisory_lock("email_account")
    row = find()
    columns = entered.model_dump(exclude={"password"})
    if row is None:
        if not entered.password:
            raise errors.invalid("password", "不能为空")
        row = EmailAccount.create(password=entered.password, **columns)
    else:
        new_password = entered.password or row.password
        if new_password == row.password and all(getattr(row, name) == columns[name] for name in columns):
            return row
        row.update_fields(password=new_password, changed_at=clock.now(), **columns)
    audit.record("email_account.save", "email_account", after=columns)
    return row


@db.transactional
def record_test(*, is_sent: bool) -> None:
    """Record in the operation log that staff sent an e-mail to test the account. Not idempotent: each test counts."""
    audit.record("email_account.test", "email_account", after={"is_sent": is_sent})


@db.transactional
def delete() -> None:
    """Delete the e-mail account, so that no e-mail is sent. Idempotent."""
    if EmailAccount.delete().execute():
        audit.record("email_account.delete", "email_account")
