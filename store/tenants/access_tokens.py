"""Access tokens of channel accounts, shared by all processes of a tenant."""

from datetime import datetime, timedelta

import peewee

from store.core import clock
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.tenants.channels import Channel


class ChannelToken(Model):
    """The platform's access token of a channel, shared by all processes; one of them claims the fetch."""

    channel = peewee.ForeignKeyField(Channel, unique=True, on_delete="CASCADE")
    token = EncryptedField(context="channel_token.token", null=True)
    expires_at = UtcDateTimeField(null=True)
    claimed_until = UtcDateTimeField(null=True)
    fetched_at = UtcDateTimeField(null=True)
    paused_until = UtcDateTimeField(null=True)


class TokenStore:
    """The shared store of one channel's access token.

    Implements the protocol that `platforms.wechat.access_token.AccessTokens` expects.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel_id = channel.id

    def read(self) -> tuple[str, datetime] | None:
        """Return the token and its end, or None."""
        row = self._find_row()
        return (row.token, row.expires_at) if row and row.token and row.expires_at else None

    @db.transactional
    def claim(self, lease_s: float) -> bool:
        """Claim the fetch of a new token. Returns False while another process holds the claim."""
        now = clock.now()
        ChannelToken.insert(channel=self.channel_id).on_conflict_ignore().execute()
        free = ChannelToken.claimed_until.is_null() | (ChannelToken.claimed_until < now)
        mine = (ChannelToken.channel == self.channel_id) & free
        until = now + timedelta(seconds=lease_s)
        return ChannelToken.update(claimed_until=until).where(mine).execute() == 1

    @db.transactional
    def write(self, token: str, expires_at: datetime) -> None:
        """Store a fetched token. The claim stays until released, because a forced fetch never releases its own."""
        ChannelToken.insert(channel=self.channel_id).on_conflict_ignore().execute()
        ChannelToken.update(token=token, expires_at=expires_at, fetched_at=clock.now()).where(
            ChannelToken.channel == self.channel_id
        ).execute()

    @db.transactional
    def release(self) -> None:
        """Release the claim without a token."""
        ChannelToken.update(claimed_until=None).where(ChannelToken.channel == self.channel_id).execute()

    @db.transactional
    def pause(self, until: datetime) -> None:
        """Block calls to the platform until `until`."""
        ChannelToken.insert(channel=self.channel_id).on_conflict_ignore().execute()
        ChannelToken.update(paused_until=until).where(ChannelToken.channel == self.channel_id).execute()

    def paused_until(self) -> datetime | None:
        """Return the time until which calls are blocked, or None."""
        row = self._find_row()
        return row.paused_until if row else None

    def last_fetch_at(self) -> datetime | None:
        """Return when a token was fetched last, or None."""
        row = self._find_row()
        return row.fetched_at if row else None

    def _find_row(self) -> ChannelToken | None:
        return ChannelToken.get_or_none(ChannelToken.channel == self.channel_id)
