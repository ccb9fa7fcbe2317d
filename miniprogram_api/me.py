"""Me: the signed-in customer's card, points and profile; changed by PATCH, erased by DELETE."""

from datetime import date, datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StrictBool

from store.check_ins import check_ins
from store.closings import closings
from store.core.errors import invalid
from store.customers import consents, members, profiles
from store.customers.customers import Customer
from store.customers.profile_fields import Profile
from store.membership import phone_claims
from store.membership.phone_claims import PhoneClaim
from store.messages import inbox
from store.points import points
from store.tiers import tiers
from web import idempotency
from web.auth import SESSION_COOKIE, Caller, login_or_repeat_required, login_required
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("me", __name__, tag="我的")

KEPT_BY_ERASURE = (
    "会员卡、等级、积分、优惠券和储值余额",
    "订单、积分和储值的历史记录，不含姓名、手机号等资料",
    "微信身份，用于再次登录同一会员",
)


class MemberTier(BaseModel):
    """A tier of the programme."""

    code: str
    name: str


class Membership(BaseModel):
    """The member card; a follower has one too, not yet `joined` and without a tier."""

    card_number: str
    joined: bool
    joined_at: datetime | None
    tier: MemberTier | None


class PointBalance(BaseModel):
    """What is left in the account that check-ins earn in."""

    available: int
    name: str


class CheckInStatus(BaseModel):
    """Whether today is done, and the days in a row."""

    today: bool
    streak: int


class MaskedProfile(BaseModel):
    """The personal data that the customer entered, masked."""

    name: str | None
    gender: str | None
    birthday: str | None
    email: str | None
    province: str | None
    city: str | None
    address: str | None
    marketing_consent: bool


class PhoneClaimQuestion(BaseModel):
    """The question whether the member of a verified phone is this person; nothing of the member is in it."""

    id: str
    question: str
    attempts_left: int
    expires_at: datetime


class PhoneConfirmation(BaseModel):
    """Another account has verified this customer's phone: is it theirs?"""

    id: str
    asked_at: datetime


class MeResponse(BaseModel):
    """The customer as the first page shows them. Open questions about the phone are null when there are none."""

    id: str
    nickname: str | None
    avatar_url: str | None
    phone_masked: str | None
    member: Membership
    points: PointBalance
    check_in: CheckInStatus
    consent_due: bool = Field(description="有协议的当前版本尚未同意")
    closing_due_day: date | None = Field(description="已申请注销时，可以撤回的最后一天")
    unread_messages: int = Field(description="未读消息数")
    profile: MaskedProfile
    phone_claim: PhoneClaimQuestion | None
    phone_confirmation: PhoneConfirmation | None


class EraseRequest(RequestModel):
    """`confirm` must be true: erased data cannot be restored."""

    confirm: StrictBool = False


class EraseResponse(BaseModel):
    """The personal data are gone. `kept` says in sentences what stays; `POST /api/me/closing` ends that too."""

    erased: bool = True
    kept: list[str] = list(KEPT_BY_ERASURE)


@bp.get("/api/me")
@login_required
@bp.doc(summary="我的会员信息", security="session")
@bp.output(MeResponse)
def get_me(caller: Caller) -> Response:
    return json_response(to_me(caller.customer))


@bp.patch("/api/me")
@login_required
@bp.doc(summary="修改资料", description="只改给出的字段，null 表示清空。", security="session")
@bp.input(Profile)
@bp.output(MeResponse)
def update_profile(caller: Caller, json_data: Profile) -> Response:
    fields = json_data.model_dump(exclude_unset=True)
    return json_response(
        idempotency.run_idempotent(
            caller.scope, fields, lambda: to_me(profiles.change(caller.customer, **fields))
        )
    )


@bp.delete("/api/me")
@login_or_repeat_required
@bp.doc(
    summary="清除个人资料",
    description="会员和余额保留，答复说明保留了什么。注销会员请用 `POST /api/me/closing`。",
    security="session",
)
@bp.input(EraseRequest)
@bp.output(EraseResponse)
def erase_customer(caller: Caller, json_data: EraseRequest) -> Response:
    if not json_data.confirm:
        raise invalid("confirm", "清除后无法恢复，请确认")
    outcome = idempotency.run_idempotent_with_proof(
        caller.scope, json_data, prove=caller.ensure_session, work=lambda _: _erase(caller)
    )
    response = json_response(outcome)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="Lax")
    return response


def _erase(caller: Caller) -> EraseResponse:
    profiles.erase(caller.customer)
    return EraseResponse()


def to_me(customer: Customer) -> MeResponse:
    """Return the customer with profile and membership."""
    profile = profiles.to_masked(customer)
    account = points.account_or_empty(members.get_or_create(customer))
    closing = closings.find_open(customer)
    return MeResponse(
        id=customer.public_id,
        nickname=profile["nickname"],
        avatar_url=profile["avatar_url"],
        phone_masked=profile["phone"],
        member=to_membership(customer),
        points=PointBalance(available=account.available, name=account.group.name),
        check_in=CheckInStatus(
            today=check_ins.find_today(customer) is not None, streak=check_ins.current_streak(customer)
        ),
        consent_due=any(not status.is_current for status in consents.list_statuses(customer)),
        closing_due_day=closing.due_day if closing else None,
        unread_messages=inbox.count(customer, unread=True),
        profile=MaskedProfile.model_validate(profile),
        phone_claim=_to_question(phone_claims.find_open(customer)),
        phone_confirmation=_to_confirmation(phone_claims.find_for_holder(customer)),
    )


def _to_question(claim: PhoneClaim | None) -> PhoneClaimQuestion | None:
    return claim and PhoneClaimQuestion(
        id=claim.public_id,
        question=phone_claims.QUESTION,
        attempts_left=phone_claims.count_attempts_left(claim),
        expires_at=claim.expires_at,
    )


def _to_confirmation(claim: PhoneClaim | None) -> PhoneConfirmation | None:
    return claim and PhoneConfirmation(id=claim.public_id, asked_at=claim.created_at)


def to_membership(customer: Customer) -> Membership:
    """Return the customer's card in the main programme."""
    member = members.get_or_create(customer)
    record = tiers.find_active(member)
    return Membership(
        card_number=member.card_number,
        joined=member.joined_at is not None,
        joined_at=member.joined_at,
        tier=MemberTier(code=record.tier.code, name=record.tier.name) if record else None,
    )
