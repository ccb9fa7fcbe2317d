"""Settings of the mall (商城设置): the notices and the recommended goods of its home page."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from store.tenants import settings

MAX_NOTICES, MAX_RECOMMENDED = 5, 20
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class Notice(BaseModel):
    """One line on the home page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: _Text


class RecommendedGoods(BaseModel):
    """A product by the tenant's own number. A store that does not sell it leaves it out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: _Text


class MallSettings(settings.SettingsGroup, name="mall"):
    """What staff put on the home page of the mall."""

    notices: Annotated[list[Notice], Field(max_length=MAX_NOTICES)] = []
    recommended: Annotated[list[RecommendedGoods], Field(max_length=MAX_RECOMMENDED)] = []
