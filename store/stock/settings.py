"""Settings of stock (库存设置): the limit below which stock is low, where a row has none of its own."""

from pydantic import Field

from store.tenants import settings


class StockSettings(settings.SettingsGroup, name="stock"):
    """Stock below `warning_at` units is low. With 0 only rows that have a limit of their own are warned about."""

    warning_at: int = Field(default=10, ge=0, le=1_000_000)
