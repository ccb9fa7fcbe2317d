"""Access tokens of channel accounts, shared by all processes of a tenant."""

from datetime import datetime, timedelta

import peewee

from store.core import clock
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.tenants.channels import Channel


class ChannelToken(Model):
    """The platform's access token of an account: one for all processes, fetched by whoever claims it."""

    channel = peewee.ForeignKeyField(Channel, unique=True, on_delete="CASCADE")
    token = EncryptedField(context="channel_token.token", null=True)
    expires_at = UtcDateTimeField(null=True)
    claimed_until = UtcDateTimeField(null=True)
    fetched_at = UtcDateTimeField(null=True)
    paused_until = UtcDateTimeField(null=True)


class TokenStore:
    """The shared page on which the processes of a tenant keep one account's access token.

    It has the shape that `platforms.wechat.access_token.Tokens` asks for.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel_id = channel.id

    def read(self) -> tuple[str, datetime] | None:
        """The token and the moment it ends."""
        row = self._find_row()
        return (row.token, row.expires_at) if row and row.token and row.expires_at else None

    @db.transactional
    def claim(self, lease_s: float) -> bool:
        """Become the one that fetches; False while somebody else is at it."""
        now = clock.now()
        ChannelToken.insert(channel=self.channel_id).on_conflict_ignore().execute()
        free = ChannelToken.claimed_until.is_null() | (ChannelToken.claimed_until < now)
        mine = (ChannelToken.channel == self.channel_id) & free
        until = now + timedelta(seconds=lease_s)
        return ChannelToken.update(claimed_until=until).where(mine).execute() == 1

    @db.transactional
    def write(self, token: str, expires_at: datetime) -> None:
        """Keep a fetched token; the claim stays until it is given up, as a forced fetch never gives up its own."""
        ChannelToken.insert(channel=self.channel_id).on_conflict_ignore().execute()
        ChannelToken.update(token=token, expires_at=expires_at, fetched_at=clock.now()).where(
            ChannelToken.channel == self.channel_id
        ).execute()

    @db.transactional
    def release(self) -> None:
        """Give up the claim without a token."""
        ChannelToken.update(claimed_until=None).where(ChannelToken.channel == self.channel_id).execute()

    @db.transactional
    def pause(self, until: datetime) -> None:
        """Let nobody call the platform before `until`."""
        ChannelToken.insert(channel=self.channel_id).on_conflict_ignore().execute()
        ChannelToken.update(paused_until=until).where(ChannelToken.channel == self.channel_id).execute()

    def paused_until(self) -> datetime | None:
        """The moment until which calls are held back."""
        row = self._find_row()
        return row.paused_until if row else None

    def last_fetch_at(self) -> datetime | None:
        """When a token was fetched last."""
        row = self._find_row()
        return row.fetched_at if row else None

    def _find_row(self) -> ChannelToken | None:
        return ChannelToken.get_or_none(ChannelToken.channel == self.channel_id)
