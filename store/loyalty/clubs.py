"""A club (会员俱乐部): a programme that people can join, with a base tier to begin at and points to gather."""

from dataclasses import dataclass

from store.kernel import db, refusals
from store.loyalty import points, tiers
from store.people import programmes
from store.people.programmes import Programme

BASE = {"code": "base", "name": "普通会员"}
POINTS = {"code": "points", "name": "积分"}


@dataclass(frozen=True)
class Opened:
    """`anew` when there was something to open or to complete."""

    programme: Programme
    anew: bool


@db.verb
def open_club(
    *, code: str, name: str, base_name: str = BASE["name"], points_name: str = POINTS["name"]
) -> Opened:
    """Open a programme with what it cannot do without: a base tier and a first point group, by these names.

    Opened twice it is the same one; what it has already keeps its name, and what it lacks is added.
    """
    there = programmes.of_code(code) is not None
    club = programmes.open_programme(code=code, name=name)
    has_base, has_group = tiers.base_of(club.id) is not None, bool(points.groups(club))
    if not has_base and not tiers.add(programme=club, code=BASE["code"], name=base_name, base=True).is_base:
        raise refusals.Refused("tier_taken", "等级 base 已有，但不是基础等级，请另建基础等级", 409)
    if not has_group:
        points.open_group(programme=club, code=POINTS["code"], name=points_name)
    return Opened(programme=club, anew=not (there and has_base and has_group))
