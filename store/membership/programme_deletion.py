"""Deletion of a loyalty programme (会员计划) with its tiers and point groups, while nothing else refers to it."""

import peewee

from store.core import cache, errors
from store.core.database import db
from store.customers import programmes
from store.customers.programmes import Programme
from store.points.ledger import PointGroup
from store.tenants import audit
from store.tiers.tiers import Tier


@db.transactional
def delete(*, code: str) -> None:
    """Delete a programme. Raises DomainError(not_found, programme_in_use), so a second call finds nothing.

    The references are foreign keys: members, tier records, rules and coupons keep the programme.
    """
    programme = programmes.get_by_code(code)
    db.advisory_lock("programmes.delete")
    if Programme.select().count() == 1:
        raise errors.DomainError("programme_in_use", "唯一的会员计划不能删除", 409)
    audit.record("programmes.delete", f"programme:{code}", before={"name": programme.name})
    try:
        for model in (Tier, PointGroup):
            model.delete().where(model.programme == programme).execute()
        programme.delete_instance()
    except peewee.IntegrityError:
        raise errors.DomainError("programme_in_use", "会员、规则或优惠券用到该计划，不能删除", 409) from None
    db.after_commit(cache.clear)
