"""A programme (会员俱乐部): a programme that people can join, with a base tier to begin at and points to gather."""

from dataclasses import dataclass

from store.core import errors
from store.core.database import db
from store.customers import programmes
from store.customers.programmes import Programme
from store.points import points
from store.tiers import tiers

BASE_TIER = {"code": "base", "name": "普通会员"}
POINT_GROUP = {"code": "points", "name": "积分"}


@dataclass(frozen=True)
class SetUpResult:
    """`anew` when there was something to open or to complete."""

    programme: Programme
    changed: bool


@db.transactional
def set_up_programme(
    *, code: str, name: str, base_name: str = BASE_TIER["name"], points_name: str = POINT_GROUP["name"]
) -> SetUpResult:
    """Open a programme with what it cannot do without: a base tier and a first point group, by these names.

    Opened twice it is the same one; what it has already keeps its name, and what it lacks is added.
    """
    there = programmes.find_by_code(code) is not None
    programme = programmes.create_programme(code=code, name=name)
    has_base, has_group = tiers.find_base_tier(programme.id) is not None, bool(points.list_groups(programme))
    if (
        not has_base
        and not tiers.add(programme=programme, code=BASE_TIER["code"], name=base_name, is_base=True).is_base
    ):
        raise errors.DomainError("tier_taken", "等级 base 已有，但不是基础等级，请另建基础等级", 409)
    if not has_group:
        points.create_group(programme=programme, code=POINT_GROUP["code"], name=points_name)
    return SetUpResult(programme=programme, changed=not (there and has_base and has_group))
