"""Agreements (用户协议、隐私政策) of a tenant: versioned texts that a person accepts before a phone is taken.

A tenant that has set no text uses the built-in one, which is version 1.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import peewee

from store.core import clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.tenants import audit, branding

KINDS = {"terms": "用户协议", "privacy": "隐私政策"}
BUILT_IN_VERSION = 1
MAX_TEXT_LENGTH = 50_000
_BUILT_IN_TEXTS = {
    kind: (Path(__file__).parent / "default_agreements" / f"{kind}.txt").read_text("utf-8") for kind in KINDS
}


class Agreement(Model):
    """One version of a text that the tenant has set. Versions are never changed."""

    kind = peewee.CharField(max_length=10, constraints=[peewee.Check(f"kind IN {tuple(KINDS)}")])
    version = peewee.IntegerField(constraints=[peewee.Check(f"version > {BUILT_IN_VERSION}")])
    text = peewee.TextField()
    published_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("kind", "version"), True),)


@dataclass(frozen=True)
class AgreementText:
    """A version as people read it. The built-in one has no time of publication."""

    kind: str
    version: int
    text: str
    published_at: datetime | None = None

    @property
    def title(self) -> str:
        return KINDS[self.kind]


@db.transactional
def publish(*, kind: str, text: str) -> AgreementText:
    """Publish a new version of a text. Idempotent: the text of the current version is no new version."""
    _validate_kind(kind)
    text = _validate_text(text)
    db.advisory_lock(f"agreement:{kind}")
    current = get_current(kind)
    if text == current.text:
        return current
    row = Agreement.create(kind=kind, version=current.version + 1, text=text)
    audit.record("agreements.publish", f"agreement:{kind}", after={"version": row.version})
    return _to_text(row)


def get_current(kind: str) -> AgreementText:
    """Return the current version of a text. Raises DomainError(not_found)."""
    _validate_kind(kind)
    row = Agreement.select().where(Agreement.kind == kind).order_by(Agreement.version.desc()).first()
    return _to_text(row) if row else _built_in(kind)


def list_current() -> list[AgreementText]:
    """Return the current version of each text."""
    return [get_current(kind) for kind in KINDS]


def current_versions() -> dict[str, int]:
    """Return the current version by kind."""
    newest: Any = Agreement.select(Agreement.kind, peewee.fn.MAX(Agreement.version)).group_by(Agreement.kind)
    return dict.fromkeys(KINDS, BUILT_IN_VERSION) | dict(newest.tuples())


def get_version(kind: str, version: int) -> AgreementText:
    """Return a version of a text. Raises DomainError(not_found)."""
    _validate_kind(kind)
    if version == BUILT_IN_VERSION:
        return _built_in(kind)
    row = Agreement.find(kind=kind, version=version)
    if row is None:
        raise errors.not_found("该版本")
    return _to_text(row)


def list_versions() -> list[AgreementText]:
    """Return all versions of all texts, the current ones first."""
    rows = Agreement.select().order_by(Agreement.version.desc(), Agreement.kind.desc())
    return [*map(_to_text, rows), *map(_built_in, KINDS)]


def _built_in(kind: str) -> AgreementText:
    text = _BUILT_IN_TEXTS[kind].replace("{brand}", branding.read_name()).strip()
    return AgreementText(kind=kind, version=BUILT_IN_VERSION, text=text)


def _to_text(row: Agreement) -> AgreementText:
    return AgreementText(kind=row.kind, version=row.version, text=row.text, published_at=row.published_at)


def _validate_kind(kind: str) -> None:
    if kind not in KINDS:
        raise errors.not_found("该协议")


def _validate_text(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not 1 <= len(text) <= MAX_TEXT_LENGTH:
        raise errors.invalid("text", f"协议正文应为 1 到 {MAX_TEXT_LENGTH} 个字")
    if not input_limits.is_storable_text(text):
        raise errors.invalid("text", "协议正文有无法显示的字符")
    return text
