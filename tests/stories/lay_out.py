"""What the stories need of the demo company: a gift for following, and an answer in two parts."""

import config
import house
from store.activities import replies
from store.company import channels, settings, tenants
from store.loyalty import follow_gifts

GIFT = 20
TWO_PARTS = "两条"
SECOND = "第二条"


def main() -> None:
    house.open_house(config.read())
    with tenants.using("demo"):
        settings.change(follow_gifts.FollowGift, points=GIFT)
        parts = [{"type": "text", "text": text} for text in ("第一条", SECOND)]
        replies.save(
            name=TWO_PARTS, match="exact", words=[TWO_PARTS], answers_=parts, channel=channels.of_key("demo")
        )
    tenants.close_all()


if __name__ == "__main__":
    main()
