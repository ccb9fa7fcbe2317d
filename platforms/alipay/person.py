"""The person that Alipay names to an app."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class AlipayPerson:
    """A person at an app. Newer apps get only the `open_id`, older ones only the `user_id`."""

    user_id: str = field(repr=False)
    open_id: str = field(repr=False)
