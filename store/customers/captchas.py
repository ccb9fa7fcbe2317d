"""Captchas (图片验证码): a picture whose characters a person types before another SMS code is sent.

Only a keyed hash of the answer is stored. A captcha lives five minutes and is used by the first answer, right or wrong.
"""

import secrets
from datetime import timedelta
from io import BytesIO

import peewee
from captcha.image import ImageCaptcha

from store.core import clock, encryption, errors, ids, rate_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model

LIFETIME_S = 300
LENGTH = 4
MAX_PER_TEN_MINUTES = 120
_CHARACTERS = "234679ACDEFHJKMNPRTUVWXY"  # none that looks like another one
_WIDTH, _HEIGHT = 160, 60


class Captcha(Model):
    """`answer_hash` is a keyed hash of the public id and the answer."""

    public_id = peewee.CharField(max_length=40, unique=True)
    answer_hash = peewee.CharField(max_length=64)
    created_at = UtcDateTimeField(default=clock.now, index=True)
    used_at = UtcDateTimeField(null=True)


@db.transactional
def create(*, client_ip: str) -> tuple[str, str]:
    """Create a captcha and return its public id and its answer, which only the picture shows.

    Raises DomainError(too_many) for an address that asks too often.
    """
    rate_limits.consume(
        name=f"captchas:{rate_limits.client_network(client_ip)}",
        limit=MAX_PER_TEN_MINUTES,
        window_s=600,
        message="获取图片验证码过于频繁，请稍后再试",
    )
    public_id = ids.public_id("cap_")
    answer = "".join(secrets.choice(_CHARACTERS) for _ in range(LENGTH))
    Captcha.create(public_id=public_id, answer_hash=_hash_answer(public_id, answer))
    return public_id, answer


def draw(answer: str) -> bytes:
    """Render the picture of an answer as PNG."""
    picture: BytesIO = ImageCaptcha(width=_WIDTH, height=_HEIGHT).generate(answer, format="png")
    return picture.getvalue()


def verify(*, public_id: str, answer: str) -> None:
    """Use up a captcha. Raises DomainError(captcha_wrong) unless the answer is right, unused and in time.

    The use is committed before the result, so a rollback cannot restore it. Raises RuntimeError inside another
    operation.
    """
    db.ensure_outside_transaction()
    if not _use(public_id, answer):
        raise errors.DomainError(
            "captcha_wrong", "图片验证码不正确或已失效，请换一张", 422, field="captcha_answer"
        )


@db.transactional
def purge_expired() -> int:
    """Delete the captchas that have ended and return their number."""
    return Captcha.delete().where(Captcha.created_at < clock.now() - timedelta(hours=1)).execute()


@db.transactional
def _use(public_id: str, answer: str) -> bool:
    unused = (
        (Captcha.public_id == public_id)
        & Captcha.used_at.is_null()
        & (Captcha.created_at > clock.now() - timedelta(seconds=LIFETIME_S))
    )
    if Captcha.update(used_at=clock.now()).where(unused).execute() != 1:
        return False
    found = Captcha.get(Captcha.public_id == public_id)
    return encryption.constant_time_equal(found.answer_hash, _hash_answer(public_id, answer))


def _hash_answer(public_id: str, answer: str) -> str:
    return encryption.blind_index(f"{public_id}:{answer.strip().upper()}", purpose="captcha")
