"""Settings of activities (营销活动设置): approval, and the ways to get chances that a platform restricts."""

from pydantic import Field

from store.tenants import settings

# Shown beside the switches, in the maker and in the log: what WeChat's rules for official accounts and mini-programs
# (微信公众平台运营规范、微信小程序平台运营规范) say about rewards for sharing and following.
PLATFORM_RULE = (
    "微信平台禁止诱导分享和诱导关注：不得以奖品、红包、积分、抽奖机会等利益，诱导用户分享、邀请好友或关注。"
    "违规会被限制分享、限制功能直至封号。"
)


class ActivitySettings(settings.SettingsGroup, name="activities"):
    """`approval_above_fen` is the largest cost that needs no approval, 0 if none ever needs one.

    Both switches are off. Each change of them is in the operation log.
    """

    approval_above_fen: int = Field(default=1_000_00, ge=0, le=1_000_000_000)
    share_chances_on: bool = False
    follow_chances_on: bool = False
    draws_per_address: int = Field(default=300, ge=1, le=100_000)
