"""Me: the signed-in customer's card, points and profile; changed by PATCH, erased by DELETE."""

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, StrictBool

from doors import answered
from miniprogram_api import repeats
from miniprogram_api.caller import COOKIE, Caller, signed_in
from miniprogram_api.shapes import Asked
from store.kernel.refusals import invalid
from store.loyalty import check_ins, points, tiers
from store.people import members, profiles
from store.people.customers import Customer

door = APIBlueprint("me", __name__, tag="我的")


class Tier(BaseModel):
    """A tier of the programme."""

    code: str
    name: str


class Membership(BaseModel):
    """The member card; a fan has one too, not yet `joined` and without a tier."""

    card_number: str
    joined: bool
    joined_at: datetime | None
    tier: Tier | None


class Points(BaseModel):
    """What is left in the account that check-ins earn in."""

    available: int
    name: str


class CheckedIn(BaseModel):
    """Whether today is done, and the days in a row."""

    today: bool
    streak: int


class ShownProfile(BaseModel):
    """What the customer told of themselves, masked."""

    name: str | None
    gender: str | None
    birthday: str | None
    email: str | None
    province: str | None
    city: str | None
    address: str | None
    marketing_consent: bool


class Me(BaseModel):
    """The customer as the first page shows them."""

    id: str
    nickname: str | None
    avatar_url: str | None
    phone_masked: str | None
    member: Membership
    points: Points
    check_in: CheckedIn
    profile: ShownProfile


class Leaving(Asked):
    """`confirm` must be true: what is erased cannot be brought back."""

    confirm: StrictBool = False


class Erased(BaseModel):
    """The personal data are gone."""

    erased: bool = True


@door.get("/api/me")
@signed_in
@door.doc(summary="我的会员信息", security="session")
@door.output(Me)
def show(caller: Caller) -> Response:
    return answered(shown(caller.customer))


@door.patch("/api/me")
@signed_in
@door.doc(summary="修改资料", description="只改给出的字段，null 表示清空。", security="session")
@door.input(profiles.Profile)
@door.output(Me)
def change(caller: Caller, json_data: profiles.Profile) -> Response:
    told = json_data.model_dump(exclude_unset=True)
    return answered(repeats.once(caller.scope, told, lambda: shown(profiles.change(caller.customer, **told))))


@door.delete("/api/me")
@signed_in
@door.doc(summary="注销并清除个人信息", security="session")
@door.input(Leaving)
@door.output(Erased)
def erase(caller: Caller, json_data: Leaving) -> Response:
    if not json_data.confirm:
        raise invalid("confirm", "清除后无法恢复，请确认")
    profiles.erase(caller.customer)
    response = answered(Erased())
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response


def shown(customer: Customer) -> Me:
    """The customer as they are now."""
    profile = profiles.shown(customer)
    account = points.standing(members.of_customer(customer))
    return Me(
        id=customer.public_id,
        nickname=profile["nickname"],
        avatar_url=profile["avatar_url"],
        phone_masked=profile["phone"],
        member=membership(customer),
        points=Points(available=account.available, name=account.group.name),
        check_in=CheckedIn(today=check_ins.today(customer) is not None, streak=check_ins.streak(customer)),
        profile=ShownProfile.model_validate(profile),
    )


def membership(customer: Customer) -> Membership:
    """The customer's card in the main programme."""
    member = members.of_customer(customer)
    record = tiers.of(member)
    return Membership(
        card_number=member.card_number,
        joined=member.joined_at is not None,
        joined_at=member.joined_at,
        tier=Tier(code=record.tier.code, name=record.tier.name) if record else None,
    )
