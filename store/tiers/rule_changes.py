"""Changes of single tier rules (等级升降级规则): a change makes a new rule, and records keep theirs."""

from typing import Any

from store.core import cache, clock, errors, input_limits
from store.core.database import db
from store.customers.programmes import Programme
from store.tenants import audit
from store.tiers import rule_import
from store.tiers import rules as tier_rules
from store.tiers.rules import TierRule


@db.transactional
def create(*, programme: Programme, rule: TierRule) -> TierRule:
    """Save a rule that is enabled from now on. Idempotent by its name."""
    _lock(programme)
    found = _find_by_name(programme, rule.name)
    if found is not None:
        _ensure_same(found, rule)
        return found
    tier_rules.validate(programme, propose(programme, rule))
    rule.save(force_insert=True)
    _record("tier_rules.create", rule, after=_to_facts(rule))
    return rule


@db.transactional
def change(*, rule_id: int, rule: TierRule) -> TierRule:
    """Replace a current rule by a new version with a new id. Idempotent.

    Raises DomainError(not_found) if the rule was replaced by another version or deleted.
    """
    old = get(rule_id)
    programme = old.tier.programme
    _lock(programme)
    old, namesake = get(rule_id), _find_by_name(programme, rule.name)
    if old.retired_at is not None:
        if namesake is None or _to_facts(namesake) != _to_facts(rule):
            raise errors.not_found("该规则，可能已被修改，请刷新")
        return namesake
    if namesake is not None and namesake.id != old.id:
        raise errors.invalid("name", f"已有名为“{rule.name}”的规则")
    if _to_facts(old) == _to_facts(rule):
        return old
    rule.is_enabled = old.is_enabled
    tier_rules.validate(programme, propose(programme, rule, without=old.id) if old.is_enabled else [rule])
    old.update_fields(retired_at=clock.now())
    rule.save(force_insert=True)
    _record("tier_rules.change", rule, before=_to_facts(old), after=_to_facts(rule))
    return rule


@db.transactional
def set_enabled(*, rule_id: int, enabled: bool) -> TierRule:
    """Set whether a rule is enabled, which is evaluated and checked for overlaps. Idempotent."""
    programme = get(rule_id).tier.programme
    _lock(programme)
    rule = get(rule_id)
    if rule.retired_at is not None:
        raise errors.not_found("该规则，可能已被修改，请刷新")
    if rule.is_enabled == enabled:
        return rule
    if enabled:
        tier_rules.validate(programme, propose(programme, rule))
    rule.update_fields(is_enabled=enabled)
    _record("tier_rules.enable" if enabled else "tier_rules.disable", rule)
    return rule


@db.transactional
def delete(*, rule_id: int) -> TierRule:
    """Delete a rule from the list. Idempotent. The row stays for the records that name it."""
    _lock(get(rule_id).tier.programme)
    rule = get(rule_id)
    if rule.retired_at is None:
        rule.update_fields(retired_at=clock.now())
        _record("tier_rules.delete", rule, before=_to_facts(rule))
    return rule


def get(rule_id: int) -> TierRule:
    """Return a rule, also a retired one. Raises DomainError(not_found)."""
    found = TierRule.find(id=input_limits.check_id(rule_id, field="rule_id"))
    if found is None:
        raise errors.not_found("该规则")
    return found


def propose(programme: Programme, rule: TierRule | None, *, without: int | None = None) -> list[TierRule]:
    """Return what the active rules would be with a rule, and without the one that it replaces."""
    kept = [one for one in tier_rules.list_active_uncached(int(programme.id)) if one.id != without]
    return kept if rule is None else [*kept, rule]


def _lock(programme: Programme) -> None:
    db.advisory_lock(f"tier_rules:{programme.id}")


def _find_by_name(programme: Programme, name: str) -> TierRule | None:
    if not 1 <= len(name.strip()) <= 60:
        raise errors.invalid("name", "请填写规则名称，最多 60 个字")
    return next((one for one in tier_rules.list_current(int(programme.id)) if one.name == name), None)


def _ensure_same(found: TierRule, rule: TierRule) -> None:
    if _to_facts(found) != _to_facts(rule):
        raise errors.DomainError("already_exists", f"已有名为“{rule.name}”的规则", 409, field="name")


def _to_facts(rule: TierRule) -> dict[str, Any]:
    return rule_import.serialize([rule])[0]


def _record(action: str, rule: TierRule, **values: Any) -> None:
    audit.record(action, f"tier_rule:{rule.tier.programme.code}/{rule.name or rule.id}", **values)
    db.after_commit(cache.clear)
