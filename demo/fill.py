"""The trial companies, laid out by verbs alone: `python -m demo.fill`; filled twice they stay as they are."""

import secrets
import string

import config
import house
from demo import accounts
from store.company import channels, tenants
from store.kernel import actors
from store.loyalty import points, tiers
from store.people import programmes

FILLER = actors.Actor(kind="operator", name="demo.fill")


def fill(settings: config.Config) -> None:
    """Fill both companies and write the sandbox's book of their accounts."""
    with actors.acting(FILLER):
        _company("demo", "小二便利")
        with tenants.using("demo"):
            _official_account("demo", name="小二便利", mode="compatible", open_group="g1")
            _mini_program("demo-mini", name="小二便利", open_group="g1")
            _club()
        _company("demo2", "对门超市")
        with tenants.using("demo2"):
            _official_account("demo2", name="对门超市", mode="safe", open_group="g2")
            _club()
    accounts.write(settings, ("demo", "demo2"))


def _company(slug: str, name: str) -> None:
    if slug not in tenants.slugs():
        tenants.create(slug=slug, name=name)


def _official_account(key: str, *, name: str, mode: str, open_group: str) -> None:
    _account(
        key, kind="wechat_official", name=name, open_group=open_group, mode=mode,
        token=secrets.token_hex(16), encoding_aes_key=_aes_key(),
    )  # fmt: skip


def _mini_program(key: str, *, name: str, open_group: str) -> None:
    _account(key, kind="wechat_miniprogram", name=name, open_group=open_group)


def _account(key: str, *, kind: str, name: str, **rest: str | None) -> None:
    """Add an account with secrets of its own; one that is there keeps what it has."""
    if key in {channel.key for channel in channels.listing()}:
        return
    appid, secret = f"wx{secrets.token_hex(8)}", secrets.token_hex(16)
    channels.add(kind=kind, key=key, name=name, appid=appid, secret=secret, **rest)


def _club() -> None:
    club = programmes.open_programme(code="club", name="会员俱乐部")
    tiers.add(programme=club, code="base", name="普卡", base=True)
    tiers.add(programme=club, code="silver", name="银卡", rank=1)
    tiers.add(programme=club, code="gold", name="金卡", rank=2)
    points.open_group(programme=club, code="points", name="积分")
    points.open_group(programme=club, code="growth", name="成长值", spendable=False)


def _aes_key() -> str:
    """43 letters and digits that are base64 of exactly 32 bytes, hence the narrower choice for the last."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(42)) + secrets.choice("AEIMQUYcgkosw048")


if __name__ == "__main__":
    settings = config.read()
    house.open_house(settings)
    fill(settings)
    print("demo and demo2 are filled / 演示公司已就绪")
