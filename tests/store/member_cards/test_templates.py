"""Card templates: their limits, one in use, and what is brought to the platforms."""

import io
from datetime import timedelta

import pytest
from PIL import Image

from store.core import clock
from store.core.errors import DomainError
from store.member_cards import pack_templates, template_fields, templates
from store.member_cards.pack_templates import PackTemplate
from tests.support.card_fixtures import VALUES, add_alipay_channel, make_live_template, wechat_channel

DAY = clock.now().date()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "十个字的会员卡名称啊"}, "title"),
        ({"title": " "}, "title"),
        ({"brand": "一二三四五六七八九十一二三"}, "brand"),
        ({"notice": "一" * 17}, "notice"),
        ({"colour": "Color999"}, "colour"),
        ({"logo_url": ""}, "logo_url"),
        ({"logo_url": "https://example.com/x.png"}, "logo_url"),
        ({"service_phone": "找店员"}, "service_phone"),
        ({"shown": ["money"]}, "shown"),
        ({"platforms": ["qq"]}, "platforms"),
        ({"validity": "range"}, "valid_until"),
        ({"validity": "range", "valid_from": DAY, "valid_until": DAY - timedelta(days=1)}, "valid_until"),
        ({"validity": "days"}, "valid_days"),
        ({"validity": "days", "valid_days": 0}, "valid_days"),
        ({"pay_from_fen": 0, "pay_until": DAY}, "pay_from_fen"),
        ({"pay_from_fen": 100}, "pay_until"),
        ({"pay_from_fen": 100, "pay_until": DAY - timedelta(days=9)}, "pay_until"),
        (
            {"pay_from_fen": 100, "pay_until": DAY + timedelta(days=9), "platforms": ["alipay"]},
            "pay_from_fen",
        ),
        ({"activation": "auto", "price": 1}, "price"),
    ],
)
def test_what_a_platform_would_reject_is_rejected_here(acme, changes, field):
    with pytest.raises(DomainError) as refused:
        templates.add(**{**VALUES, **changes})
    assert refused.value.details["field"] == field


def test_several_activations_are_rejected_with_what_to_drop(acme):
    with pytest.raises(DomainError, match="请去掉一键激活、跳转激活"):
        templates.add(**VALUES, activations=("auto", "one_click", "jump"))


def test_pictures_have_the_size_of_the_platforms():
    def picture(size: tuple[int, int], kind: str = "PNG") -> bytes:
        out = io.BytesIO()
        Image.new("RGB", size).save(out, kind)
        return out.getvalue()

    template_fields.check_picture(picture((1024, 643)), "cover")
    template_fields.check_picture(picture((500, 500), "JPEG"), "logo")
    for data, kind in ((picture((500, 501)), "logo"), (b"x", "cover"), (picture((500, 500), "GIF"), "logo")):
        with pytest.raises(DomainError):
            template_fields.check_picture(data, kind)
    with pytest.raises(DomainError, match="512 KB"):
        template_fields.check_picture(b"x" * (512 * 1024 + 1), "logo")


def test_one_template_is_in_use_and_activation_twice_changes_nothing(acme):
    first = make_live_template()
    second = templates.add(**VALUES)
    for _ in range(2):
        pack_templates.activate(public_id=second.public_id)
    assert [templates.get(row.public_id).state for row in (first, second)] == ["retired", "active"]
    assert {pack.state for pack in pack_templates.list_for(first)} == {"withdrawn"}
    with pytest.raises(DomainError) as refused:
        pack_templates.activate(public_id=first.public_id)
    assert refused.value.code == "card_template_state"


def test_change_of_a_template_in_use_is_due_and_its_activation_stays(acme):
    row = make_live_template()
    with pytest.raises(DomainError):
        templates.change(public_id=row.public_id, activations=("auto",))
    with pytest.raises(DomainError, match="不能取消已选的卡包"):
        templates.change(public_id=row.public_id, platforms=["wechat"])
    templates.change(public_id=row.public_id, title="小二金卡")
    pack_templates.submit_changes(public_id=row.public_id)
    assert len(pack_templates.list_due()) == 2
    pack = pack_templates.claim(pack_templates.list_due()[0].id)
    assert pack_templates.claim(pack.id) is None  # another process
    templates.change(public_id=row.public_id, title="小二银卡")
    assert pack_templates.finish(pack, version=row.changed_at).due_at is not None


def test_outcome_of_a_check_counts_for_its_account_only(acme):
    make_live_template()
    channel, other = wechat_channel(), add_alipay_channel()
    assert pack_templates.record_review(channel=other, card_id="pCard1", passed=False) is None
    for _ in range(2):
        pack = pack_templates.record_review(
            channel=channel, card_id="pCard1", passed=False, reason="logo 不清晰"
        )
    assert (pack.state, pack.problem) == ("rejected", "logo 不清晰")
    assert pack_templates.retry(public_id=pack.template.public_id, platform="wechat").state == "waiting"
    assert PackTemplate.get_by_id(pack.id).due_at is not None
