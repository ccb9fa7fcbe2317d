"""Draws (抽奖): one person at a time, never more prizes or draws than an activity has.

The member's lock holds the limits of a member, the activity's lock its numbers. The random number and the numbers by
which it was judged are stored with the draw.
"""

from store.activities import activities
from store.activities.activities import Activity, Prize
from store.activities.settings import ActivitySettings
from store.core import encryption, errors, input_limits, rate_limits
from store.core.database import db
from store.customers import members
from store.customers.customers import Customer
from store.customers.members import Member
from store.draws import blacklist, chances, odds, wins
from store.draws.draw_records import Draw
from store.points import points
from store.tenants import business_days, settings

DAY_S = 24 * 3600


@db.transactional
def draw(
    *,
    activity: Activity,
    customer: Customer,
    key: str,
    with_points: bool = False,
    device: str = "",
    address: str = "",
) -> Draw:
    """Use a chance of a member and return the draw. Idempotent by `key` of a member.

    `device` identifies the phone, `address` its network. With `with_points` points pay for the chance. Raises
    DomainError: activity_paused, activity_ended, activity_not_started, draws_gone, no_chances, draw_limit, too_many,
    draw_blocked, members_only, membership_closed, points_short.
    """
    input_limits.check_key(key, max_length=80)
    activities.ensure_running(activity)  # what is over already waits for no lock
    member = members.lock_for(customer)
    draw_key = f"{member.public_id}:{key}"
    found = _find_existing(draw_key)
    if found is not None:
        return found
    _ensure_allowed(activity, member)
    source = chances.choose_source(chances.count(activity, member), with_points=with_points)
    hashed = _count_device(activity, device, address)
    if source == "points":
        points.spend(
            member=member, kind="gift_redemption", value=activity.content.points_price, key=f"draw:{draw_key}",
            behaviour="draw", reason=f"抽奖：{activity.name}",
        )  # fmt: skip
    return _draw(activity, member, key=draw_key, source=source, device=hashed)


def _draw(activity: Activity, member: Member, *, key: str, source: str, device: str) -> Draw:
    """Decide a draw and write it. Requires the member's lock."""
    row = activities.lock(activity.id)
    activities.ensure_running(row)
    draws_left = row.draws_left
    if not draws_left:
        raise errors.DomainError("draws_gone", "本活动的抽奖次数已用完", 409)
    prizes = activities.list_prizes(row)
    left = [prize.left for prize in prizes]
    pick = odds.pick_number(draws_left)
    place = odds.choose(draws_left=draws_left, prizes_left=left, pick=pick)
    row.update_fields(draws_made=row.draws_made + 1)
    made = Draw.create(
        activity=row, number=row.draws_made, member=member, key=key, source=source, draws_left=draws_left,
        prizes_left=",".join(map(str, left)), pick=pick, place=place, device=device, day=business_days.today(),
    )  # fmt: skip
    if place is not None:
        _give(row, prizes[place], made, member)
    return made


def _give(activity: Activity, prize: Prize, made: Draw, member: Member) -> None:
    prize.update_fields(given=prize.given + 1)
    wins.create(
        draw=made,
        activity=activity,
        prize=prize,
        content=activity.content.prizes[prize.position],
        member=member,
    )


def _ensure_allowed(activity: Activity, member: Member) -> None:
    members.ensure_open(member)
    blacklist.ensure_allowed(member)
    if activity.content.members_only and member.joined_at is None:
        raise errors.DomainError("members_only", "请先注册会员再抽奖", 403)


def _count_device(activity: Activity, device: str, address: str) -> str:
    """Count a draw of a device and of a network, and return the hash of the device. Raises DomainError(too_many)."""
    if address:
        rate_limits.consume(
            name=f"draws:{activity.id}:{rate_limits.client_network(address)}",
            limit=settings.read(ActivitySettings).draws_per_address, window_s=DAY_S,
            message="当前网络今天的抽奖次数过多，请稍后再试",
        )  # fmt: skip
    if not device:
        return ""
    hashed = encryption.blind_index(device, purpose="draw.device")[:32]
    limit = activity.content.draws_per_device
    if limit is not None:
        db.advisory_lock(f"draw device:{activity.id}:{hashed}")
        today = Draw.find_all(activity=activity.id, device=hashed, day=business_days.today())
        if len(today) >= limit:
            raise errors.rate_limited("这台设备今天的抽奖次数已达上限", DAY_S)
    return hashed


def _find_existing(key: str) -> Draw | None:
    """Return the draw that a key has made, or None. Requires the member's lock."""
    return Draw.find(key=key)
