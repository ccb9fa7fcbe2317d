"""Profiles (会员资料): encrypted, shown masked, erased on request."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

import peewee

from store.core import actors, clock, encryption, errors, events, masking
from store.core.database import db
from store.core.validation import validate
from store.customers import consents, customers, followers, identities, name_parts, sessions, sms_codes
from store.customers.customers import Customer
from store.customers.identities import Identity
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext
from store.customers.merging.rules import UndoBlocker
from store.customers.profile_fields import VerifiedProfile
from store.tenants import audit

# Columns with a blind index, and what of their value is hashed: birthdays are looked for by month and day.
_INDEXED: dict[str, Callable[[str], str]] = {
    "name": name_parts.normalize,
    "nickname": name_parts.normalize,
    "email": str.casefold,
    "birthday": lambda day: day[5:],
    "id_number": str,
}
_MASKS: dict[str, Callable[[str], str]] = {
    "name": masking.mask_name,
    "email": masking.mask_email,
    "birthday": masking.mask_birthday,
    "id_number": masking.mask_id_number,
    "address": masking.mask_address,
}
_UNMASKED = ("nickname", "avatar_url", "gender", "province", "city", "marketing_consent")
_ERASED_COLUMNS = (*_MASKS, "nickname", "avatar_url", "gender", "province", "city")


# What else erases personal data: each takes ids of customers and returns the number of rows it erased.
_ERASERS: list[Callable[[list[int]], int]] = []


def register_eraser(erase_rows: Callable[[list[int]], int]) -> None:
    """Register how a module above this one erases its personal data of some customers."""
    _ERASERS.append(erase_rows)


@db.transactional
def change(customer: Customer, **values: Any) -> Customer:
    """Change some fields of a profile and keep the others. Raises DomainError(invalid, unauthorized)."""
    entered = validate(VerifiedProfile, values).model_dump(mode="json", exclude_unset=True)
    row = customers.lock_unless_erased(customer)
    changed = {field: value for field, value in entered.items() if value != getattr(row, field)}
    if not changed:
        return row
    Customer.update(changed | _blind_indexes(changed)).where(Customer.id == row.id).execute()
    _refresh_name_parts([row.id], changed)
    events.record("profiles.changed", customer_id=row.id, fields=sorted(changed))
    if actors.current().kind != "customer":
        audit.record("profiles.change", f"customer:{row.public_id}", after={"fields": sorted(changed)})
    return Customer.get_by_id(row.id)


def to_masked(customer: Customer) -> dict[str, Any]:
    """Return the profile and the verified phone with personal data masked."""
    phone = identities.find_phone(customer)
    masked = {field: _mask_value(mask, getattr(customer, field)) for field, mask in _MASKS.items()}
    in_clear = {field: getattr(customer, field) for field in _UNMASKED}
    return {**masked, **in_clear, "phone": masking.mask_phone(phone) if phone else None}


def display_name(customer: Customer) -> str:
    """Return the masked name, or else the nickname, or an empty text."""
    return masking.mask_name(customer.name) if customer.name else customer.nickname or ""


@db.transactional
def reveal(customer: Customer, fields: Collection[str]) -> dict[str, str | None]:
    """Return the clear values of `fields`, after the audit log has recorded it."""
    unknown = set(fields) - {*_MASKS, "phone"}
    if unknown or not fields:
        raise errors.invalid("fields", f"只能查看 {'、'.join((*_MASKS, 'phone'))}")
    audit.record("profiles.reveal", f"customer:{customer.public_id}", after={"fields": sorted(fields)})
    clear = {field: getattr(customer, field) for field in _MASKS} | {"phone": identities.find_phone(customer)}
    return {field: clear[field] for field in fields}


@db.transactional
def erase(customer: Customer) -> None:
    """Erase a person's data, also in merged rows. Idempotent.

    Erased are the profile, the phones (verified now or earlier), open SMS codes, sessions and what modules registered
    (see `register_eraser`). All consents end. The openid stays bound: it names no person, ledgers keep their owner,
    and rewards for newcomers cannot be earned twice by an erasure.
    """
    row = customers.lock(customer.id)
    family = customers.merged_ids(row)
    wiped = _erase_profiles(family) + _erase_phones(family)
    wiped += sessions.close_all(family) + consents.end_all(family)
    wiped += sum(erase_rows(family) for erase_rows in _ERASERS)
    if row.erased_at is not None and not wiped:
        return
    Customer.update(erased_at=clock.now()).where(Customer.id.in_(family)).execute()
    events.record("profiles.erased", customer_id=row.id)
    audit.record("profiles.erase", f"customer:{row.public_id}")


@db.transactional
def drop_platform_profile(customer: Customer, *, end_consent: bool) -> None:
    """Erase nickname and avatar, which a platform's authorization brought, also in merged rows. Idempotent.

    With `end_consent` the consents to marketing and to the agreements end too.
    """
    family = customers.merged_ids(customers.lock(customer.id))
    held = Customer.nickname.is_null(False) | Customer.avatar_url.is_null(False)
    fields: dict[str, Any] = {"nickname": None, "nickname_index": None, "avatar_url": None}
    if end_consent:
        held |= Customer.marketing_consent
        fields["marketing_consent"] = False
        consents.end_all(family)
    if Customer.update(fields).where(Customer.id.in_(family) & held).execute():
        name_parts.refresh(family)
        named = sorted(fields.keys() - {*_index_columns()})
        events.record("profiles.changed", customer_id=customer.id, fields=named)


@db.transactional
def end_platform_account(*, provider: str, account: str, subject: str) -> None:
    """Unbind the identity of an account that its owner cancelled at the platform. Idempotent.

    The identity's subject is erased, nickname and avatar are emptied, and all sessions end. A person who is known by
    no other identity is erased (see `erase`).
    """
    customer = identities.find_customer(provider=provider, account=account, subject=subject)
    if customer is None:
        return
    customer = customers.lock(customer.id)
    for row in identities.list_for(customer, provider):
        if (row.account, row.subject) == (account, subject):
            row.update_fields(subject=f"{_ERASED_PREFIX}{row.id}", unbound_at=clock.now())
    sessions.close_all(customers.merged_ids(customer))
    drop_platform_profile(customer, end_consent=True)
    if not any(row.provider != identities.UNIONID for row in identities.list_for(customer)):
        erase(customer)


@db.transactional
def detach_identities(customer: Customer) -> None:
    """Erase the identities of a person whose membership has ended. Idempotent.

    An account that the person still follows goes on with a new, empty customer: the follow is no new one, so it brings
    no second reward.
    """
    row = customers.lock(customer.id)
    followed = followers.list_followed_channels(row)
    appids = [channel.appid for channel in followed]
    kept = [each for each in identities.list_for(row, identities.WECHAT) if each.account in appids]
    if kept:
        newcomer = customers.create_customer(source=row.source)
        for identity in kept:
            identity.update_fields(customer=newcomer)
        followers.move_follows(customer=row, channels=followed, newcomer=newcomer)
    family = customers.merged_ids(row)
    for identity in Identity.select().where(Identity.customer.in_(family) & ~_is_erased()):
        identity.update_fields(
            subject=f"{_ERASED_PREFIX}{identity.id}",
            value=None,
            unbound_at=identity.unbound_at or clock.now(),
        )


def _is_erased() -> peewee.Expression:
    return Identity.subject.startswith(_ERASED_PREFIX)


def _erase_profiles(customer_ids: list[int]) -> int:
    """Empty profiles and return the number of changed rows."""
    empty = {getattr(Customer, field): None for field in (*_ERASED_COLUMNS, *_index_columns())}
    held = Customer.marketing_consent
    for column in empty:
        held |= column.is_null(False)
    erased = (
        Customer.update(empty | {Customer.marketing_consent: False})
        .where(Customer.id.in_(customer_ids) & held)
        .execute()
    )
    name_parts.refresh(customer_ids)
    return erased


def _erase_phones(customer_ids: list[int]) -> int:
    """Unbind the phones, keep only that there was one, and return their number."""
    mine = Identity.customer.in_(customer_ids) & (Identity.provider == identities.PHONE)
    rows = list(Identity.select().where(mine & ~Identity.subject.startswith(_ERASED_PREFIX)))
    for row in rows:
        if row.unbound_at is None:
            sms_codes.delete_for_phone(phone_index=row.subject)
        row.value, row.subject = None, f"{_ERASED_PREFIX}{row.id}"
        row.unbound_at = row.unbound_at or clock.now()
        row.save()
    return len(rows)


_ERASED_PREFIX = "erased:"


def _blind_indexes(columns: dict[str, Any]) -> dict[str, str | None]:
    """Return the blind indexes of changed columns."""
    return {
        f"{field}_index": None if columns[field] is None else blind_index_of(field, columns[field])
        for field in _INDEXED.keys() & columns.keys()
    }


def blind_index_of(field: str, value: str) -> str:
    """Return the keyed hash of a name, nickname, e-mail, birthday (ISO) or ID number."""
    return encryption.blind_index(_INDEXED[field](value), purpose=f"customer.{field}")


def _refresh_name_parts(customer_ids: list[int], changed: Collection[str]) -> None:
    if "name" in changed or "nickname" in changed:
        name_parts.refresh(customer_ids)


def _index_columns() -> list[str]:
    return [f"{field}_index" for field in _INDEXED]


def _mask_value(mask: Callable[[str], str], value: str | None) -> str | None:
    return mask(value) if value else None


# Fields of one group are merged together: the street of one row does not fit the city of the other.
_MERGED_TOGETHER = (*((field,) for field in _ERASED_COLUMNS if field not in ("province", "city", "address")),
            ("province", "city", "address"))  # fmt: skip


def _merge_profile(field: peewee.Field, context: MergeContext) -> int:
    """Fill fields that the survivor has not entered; the duplicate's row keeps them too.

    A merge never adds consent. The journal names the fields only.
    """
    kept, lost = Customer.get_by_id(context.survivor_id), Customer.get_by_id(context.duplicate_id)
    filled = {
        name: getattr(lost, name)
        for group in _MERGED_TOGETHER
        if not any(getattr(kept, name) for name in group)
        for name in group
        if getattr(lost, name)
    }
    merge_journal.record_step(
        context, kept, {"erased_at": kept.erased_at and str(kept.erased_at), "filled": sorted(filled)}, {}
    )
    if filled:
        kept.update_fields(**filled, **_blind_indexes(filled))
        _refresh_name_parts([kept.id], filled)
    return len(filled)


def _undo_merge_profile(field: peewee.Field, context: MergeContext) -> None:
    """Clear the filled fields, unless the survivor has changed them since."""
    kept, lost = Customer.get_by_id(context.survivor_id), Customer.get_by_id(context.duplicate_id)
    filled = _journal_note(context)["filled"]
    same = [name for name in filled if getattr(kept, name) == getattr(lost, name)]
    changed_since = {
        name for group in _MERGED_TOGETHER for name in group if set(group) & set(filled) - set(same)
    }
    gone: dict[str, Any] = dict.fromkeys(name for name in same if name not in changed_since)
    if gone:
        kept.update_fields(**gone, **_blind_indexes(gone))
        _refresh_name_parts([kept.id], gone)


def _find_erasure(field: peewee.Field, context: MergeContext) -> Iterable[UndoBlocker]:
    erased_at = Customer.get_by_id(context.survivor_id).erased_at
    if (str(erased_at) if erased_at else None) != _journal_note(context)["erased_at"]:
        yield UndoBlocker("erased", "客户的个人资料合并后已被抹除")


def _journal_note(context: MergeContext) -> dict[str, Any]:
    return next(
        step.before for step in merge_journal.list_steps(context, Customer) if "filled" in step.before
    )


merge_rules.register_rule(
    Customer.id,
    _merge_profile,
    undo=_undo_merge_profile,
    find_blockers=_find_erasure,
    refers_to_member=False,
    keeps_rows=True,
)
