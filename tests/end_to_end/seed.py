"""What the end-to-end tests need of the demo tenant: a gift for following, and an answer in two parts."""

import config
from bootstrap import bootstrap
from store.membership import follow_rewards
from store.official_accounts import keyword_replies
from store.tenants import channels, registry, settings
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS

REWARD_POINTS = 20
TWO_PART_KEYWORD = "两条"
SECOND_PART = "第二条"


def main() -> None:
    settings_ = config.read()
    bootstrap(settings_, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings_.redis_url))
    with registry.use_tenant("demo"):
        settings.change(follow_rewards.FollowRewardSettings, points=REWARD_POINTS)
        parts = [{"type": "text", "text": text} for text in ("第一条", SECOND_PART)]
        keyword_replies.save_rule(
            name=TWO_PART_KEYWORD,
            match="exact",
            keywords=[TWO_PART_KEYWORD],
            replies=parts,
            channel=channels.get_by_key("demo"),
        )
    registry.close_all()


if __name__ == "__main__":
    main()
