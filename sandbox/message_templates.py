"""Templates of messages: every account has the same built-in set under ids of its own."""

import re
from dataclasses import dataclass

from sandbox import openids
from sandbox.accounts import Account
from sandbox.errors import SandboxError, WeChatError

# Title, and the name, keyword and example of each line.
BUILT_IN_TEMPLATES: dict[str, list[tuple[str, str, str]]] = {
    "积分变动提醒": [
        ("变动类型", "thing1", "消费获得"),
        ("变动积分", "character_string2", "+20"),
        ("当前积分", "number3", "120"),
        ("变动时间", "time4", "2026年10月1日 15:01"),
    ],
    "积分到期提醒": [
        ("到期积分", "number1", "50"),
        ("到期日期", "date2", "2026年12月31日"),
        ("温馨提示", "thing3", "请在到期前使用"),
    ],
    "优惠券到账提醒": [
        ("优惠券名称", "thing1", "满 50 减 10 元"),
        ("有效期至", "date2", "2026年12月31日"),
        ("温馨提示", "thing3", "到店出示即可使用"),
    ],
    "优惠券到期提醒": [
        ("优惠券名称", "thing1", "满 50 减 10 元"),
        ("到期时间", "date2", "2026年12月31日"),
        ("温馨提示", "thing3", "请在到期前使用"),
    ],
    "会员等级变更通知": [
        ("变更类型", "phrase1", "升级"),
        ("会员等级", "thing2", "金卡会员"),
        ("变更时间", "time3", "2026年10月1日 15:01"),
    ],
    "储值充值成功通知": [
        ("充值金额", "amount1", "100.00元"),
        ("赠送金额", "amount2", "10.00元"),
        ("当前余额", "amount3", "110.00元"),
        ("充值时间", "time4", "2026年10月1日 15:01"),
    ],
    "储值消费通知": [
        ("消费金额", "amount1", "12.80元"),
        ("当前余额", "amount2", "97.20元"),
        ("消费门店", "thing3", "前门店"),
        ("消费时间", "time4", "2026年10月1日 15:01"),
    ],
    "储值退款通知": [
        ("退款金额", "amount1", "12.80元"),
        ("当前余额", "amount2", "110.00元"),
        ("退款时间", "time3", "2026年10月1日 15:01"),
    ],
    "首次购买成功通知": [
        ("消费金额", "amount1", "12.80元"),
        ("订单编号", "character_string2", "20261001150100001"),
        ("消费时间", "time3", "2026年10月1日 15:01"),
    ],
    "入会欢迎通知": [
        ("会员卡号", "character_string1", "8000123456"),
        ("会员等级", "thing2", "普通会员"),
        ("入会日期", "date3", "2026年10月1日"),
        ("温馨提示", "thing4", "欢迎加入"),
    ],
}
_TYPE = re.compile(r"[a-z_]+")


@dataclass(frozen=True)
class Template:
    id: str
    title: str
    lines: tuple[tuple[str, str, str], ...]

    @property
    def content(self) -> str:
        return "\n".join(f"{name}:{{{{{keyword}.DATA}}}}" for name, keyword, _ in self.lines)

    @property
    def example(self) -> str:
        return "\n".join(f"{name}:{example}" for name, _, example in self.lines)

    @property
    def types(self) -> dict[str, str]:
        """Return the type of each keyword: `thing1` is a `thing`."""
        return {keyword: _TYPE.match(keyword)[0] for _, keyword, _ in self.lines}  # type: ignore[index]

    def fill(self, values: dict[str, str]) -> list[dict[str, str]]:
        """Return the lines that the phone shows."""
        return [{"name": name, "value": values[keyword]} for name, keyword, _ in self.lines]


def list_templates(account: Account) -> list[Template]:
    return [
        Template(
            id=openids.derive_template_id(appid=account.appid, title=title), title=title, lines=tuple(lines)
        )
        for title, lines in BUILT_IN_TEMPLATES.items()
    ]


def get_for_platform(account: Account, template_id: object) -> Template:
    """Return a template for the routes of the platform.

    Raises WeChatError.
    """
    for template in list_templates(account):
        if template.id == template_id:
            return template
    raise WeChatError(40037)


def get_for_control(account: Account, template_id: object) -> Template:
    """Return a template for the control routes.

    Raises SandboxError with status 404.
    """
    try:
        return get_for_platform(account, template_id)
    except WeChatError:
        raise SandboxError("no_such_template", "这个账号没有这个模板", 404) from None
