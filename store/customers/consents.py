"""Consents (同意) of a customer to the agreements of the tenant: kind, version, time and channel.

A record outlives its end and an erasure, because it shows on which consent data were taken. It names no person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from store.core import clock, errors, events
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import customers
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.tenants import agreements

DESK = "desk"  # the channel of a consent that a clerk took


class Consent(Model):
    """`channel` is where it was given: a kind of channel, or `desk`."""

    customer = peewee.ForeignKeyField(Customer)
    kind = peewee.CharField(max_length=10, constraints=[peewee.Check(f"kind IN {tuple(agreements.KINDS)}")])
    version = peewee.IntegerField()
    channel = peewee.CharField(max_length=30)
    accepted_at = UtcDateTimeField(default=clock.now)
    ended_at = UtcDateTimeField(null=True)


merge_rules.register_rule(Consent.customer)


@dataclass(frozen=True)
class ConsentStatus:
    """The current version of an agreement and the latest consent to it, if it has not ended."""

    kind: str
    current_version: int
    accepted_version: int | None = None
    accepted_at: datetime | None = None
    channel: str | None = None

    @property
    def title(self) -> str:
        return agreements.KINDS[self.kind]

    @property
    def is_current(self) -> bool:
        return self.accepted_version == self.current_version


@db.transactional
def accept(customer: Customer, *, versions: Mapping[str, int], channel: str) -> None:
    """Record the consent to these versions by kind. Idempotent.

    Raises DomainError(agreement_outdated) if one is not the current version.
    """
    current = agreements.current_versions()
    for kind, version in versions.items():
        if kind not in current:
            raise errors.not_found("该协议")
        if version != current[kind]:
            sentence = f"《{agreements.KINDS[kind]}》已更新，请阅读新版后再同意"
            raise errors.DomainError("agreement_outdated", sentence, 409, kind=kind, version=current[kind])
    owner = customers.lock_unless_erased(customer)
    given = {status.kind: status.accepted_version for status in list_statuses(owner)}
    new = {kind: version for kind, version in versions.items() if given[kind] != version}
    for kind, version in new.items():
        Consent.create(customer=owner, kind=kind, version=version, channel=channel)
    if new:
        events.record("consents.given", customer_id=owner.id, versions=new, channel=channel)


@db.transactional
def accept_at_desk(customer: Customer) -> None:
    """Record the consent to the current versions that a clerk took. Idempotent."""
    accept(customer, versions=agreements.current_versions(), channel=DESK)


@db.transactional
def end_all(customer_ids: Sequence[int]) -> int:
    """End the consents of these customers and return their number. Idempotent."""
    active = Consent.customer.in_(customer_ids) & Consent.ended_at.is_null()
    ended = int(Consent.update(ended_at=clock.now()).where(active).execute())
    if ended:
        events.record("consents.ended", customer_id=customer_ids[0])
    return ended


def ensure_accepted(customer: Customer | None) -> None:
    """Raise DomainError(consent_required) unless the current versions of all agreements are accepted."""
    statuses = list_statuses(customer) if customer is not None else _statuses_without_consent()
    due = [status for status in statuses if not status.is_current]
    if due:
        titles = "和".join(f"《{status.title}》" for status in due)
        versions = {status.kind: status.current_version for status in due}
        raise errors.DomainError("consent_required", f"请先阅读并同意{titles}", 409, agreements=versions)


def list_statuses(customer: Customer) -> list[ConsentStatus]:
    """Return the state of the consent to each agreement."""
    given: dict[str, Consent] = {}
    mine: Any = (Consent.customer == customer.id) & Consent.ended_at.is_null()
    for row in Consent.select().where(mine).order_by(Consent.version, Consent.id):
        given[row.kind] = row
    return [
        ConsentStatus(
            kind=empty.kind,
            current_version=empty.current_version,
            accepted_version=row.version if row else None,
            accepted_at=row.accepted_at if row else None,
            channel=row.channel if row else None,
        )
        for empty in _statuses_without_consent()
        for row in [given.get(empty.kind)]
    ]


def list_history(customer: Customer) -> list[Consent]:
    """Return all consents of a customer, the latest first, also those that have ended."""
    return list(Consent.select().where(Consent.customer == customer).order_by(Consent.id.desc()))


def _statuses_without_consent() -> list[ConsentStatus]:
    return [ConsentStatus(kind, version) for kind, version in agreements.current_versions().items()]
