"""Set up a loyalty programme (会员体系) with a base tier and a point group."""

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
    """The programme, and whether anything was created or added."""

    programme: Programme
    changed: bool


@db.transactional
def set_up_programme(
    *, code: str, name: str, base_name: str = BASE_TIER["name"], points_name: str = POINT_GROUP["name"]
) -> SetUpResult:
    """Create a programme with its base tier and first point group. Idempotent.

    An existing programme keeps its names, and missing parts are added.
    """
    there = programmes.find_by_code(code) is not None
    programme = programmes.create_programme(code=code, name=name)
    has_base, has_group = tiers.find_base_tier(programme.id) is not None, bool(points.list_groups(programme))
    if not has_base:
        if any(tier.code == BASE_TIER["code"] for tier in tiers.list_tiers(int(programme.id))):
            raise errors.DomainError("tier_taken", "等级 base 已有，但不是基础等级，请另建基础等级", 409)
        tiers.add(programme=programme, code=BASE_TIER["code"], name=base_name, is_base=True)
    if not has_group:
        points.create_group(programme=programme, code=POINT_GROUP["code"], name=points_name)
    return SetUpResult(programme=programme, changed=not (there and has_base and has_group))
