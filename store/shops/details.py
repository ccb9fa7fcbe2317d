"""Details of a shop (门店资料), each part typed and bounded."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from store.shops.hours import Holidays, Week

# PostgreSQL cannot keep a zero byte, and no page wants the other control characters.
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"),
]
ShopCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Phone = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^(\+?[0-9][0-9 \-]{2,24}(转 ?[0-9]{1,6})?)?$")
]
# A page of the web, a file of ours or a page of a mini-program; `//host` and `javascript:` are none of them.
Link = Annotated[
    str,
    StringConstraints(
        max_length=500,
        pattern=r"^(https?://[^\s\\]+|/|/[^/\s\\][^\s\\]*|pages/[^\s\\]+)?$",
        strip_whitespace=True,
    ),
]
PageTemplate = Literal["general", "fashion", "fresh", "liquor", "catering"]
FILTER_COLUMNS = (
    "brand", "industry", "shop_type", "template", "region", "province", "city", "district", "state",
)  # fmt: skip


class Advertisement(BaseModel):
    """An image on top of the shop's page, and where a tap on it leads."""

    model_config = ConfigDict(extra="forbid")

    picture: Annotated[Link, Field(min_length=1)]
    title: Text = Field(default="", max_length=60)
    link: Link = ""


class ShopDetails(BaseModel):
    """Everything about a shop that may be changed; `template` changes the looks only.

    `contact` and `phone` are public, so they are not encrypted.
    """

    model_config = ConfigDict(extra="forbid")

    brand: Text = Field(default="", max_length=60)
    industry: Text = Field(default="", max_length=30)
    shop_type: Text = Field(default="", max_length=30)
    department: Text = Field(default="", max_length=60)
    source: Text = Field(default="", max_length=30)
    logo_url: Link = ""
    contact: Text = Field(default="", max_length=40)
    phone: Phone = ""
    description: Text = Field(default="", max_length=500)
    introduction: Text = Field(default="", max_length=5000)
    region: Text = Field(default="", max_length=40)
    province: Text = Field(default="", max_length=40)
    city: Text = Field(default="", max_length=40)
    district: Text = Field(default="", max_length=40)
    address: Text = Field(default="", max_length=200)
    hours: Week = Week()
    holidays: Holidays = {}
    pictures: list[Annotated[Link, Field(min_length=1)]] = Field(default=[], max_length=20)
    advertisements: list[Advertisement] = Field(default=[], max_length=10)
    template: PageTemplate = "general"
    delivery: bool = True
    payment: bool = True
    pickup: bool = True

    def to_columns(self) -> dict[str, Any]:
        """Return the details as columns. Days without hours are left out."""
        columns = self.model_dump(mode="json")
        columns["hours"] = {day: spans for day, spans in columns["hours"].items() if spans}
        return columns


class FixedDetails(BaseModel):
    """What is fixed when a shop is created."""

    model_config = ConfigDict(extra="forbid")

    code: ShopCode
    name: Text = Field(min_length=1, max_length=60)
