"""Settings of the nearby search: how far a shop counts as nearby, and the common places (常用地点) of the tenant."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from store.shops.details import Text
from store.tenants import settings


class CommonPlace(BaseModel):
    """A place that shoppers choose when their phone does not tell where they are; GCJ-02."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Annotated[Text, Field(min_length=1, max_length=20)]
    lng: float = Field(ge=-180, le=180, allow_inf_nan=False)
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)


class NearbySettings(settings.SettingsGroup, name="nearby"):
    """Beyond `limit_km` no shop is nearby and no distance is shown. A location event of the same visit is
    answered again after `reply_interval_minutes`."""

    limit_km: int = Field(default=50, ge=1, le=1000)
    reply_interval_minutes: int = Field(default=30, ge=1, le=1440)
    places: list[CommonPlace] = Field(default=[], max_length=20)
