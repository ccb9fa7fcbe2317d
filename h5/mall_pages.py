"""The pages of the mall (商城): home, goods, cart, checkout, orders, addresses, favourites and footprints."""

from typing import Any

from apiflask import APIBlueprint

from h5.error_pages import handle_errors
from h5.pages import render_member_page, render_page
from h5.visitor import Visitor, with_visitor
from store.catalog import shop_product_list
from store.flash_sales import flash_sales
from store.shops import shops
from web.security_headers import protect

bp = APIBlueprint("h5_mall", __name__, enable_openapi=False)
protect(bp)
handle_errors(bp)


@bp.get("/m/")
@with_visitor
def home_page(visitor: Visitor) -> str:
    """Render the home page, where the mall begins."""
    return render_page(
        visitor, "home", title="商城", description=f"{visitor.channel.name}的商城", style="mall"
    )


@bp.get("/m/stores/<public_id>/goods")
@with_visitor
def shop_goods_page(visitor: Visitor, public_id: str) -> str:
    """Render the goods of a shop."""
    shop = shops.get_by_public_id(public_id)
    title = f"{shop.name}的商品"
    return render_page(
        visitor, "store-goods", title=title, description=shop.address, shop=shop.public_id, style="mall"
    )


@bp.get("/m/stores/<public_id>/goods/<goods_id>")
@with_visitor
def goods_page(visitor: Visitor, public_id: str, goods_id: str) -> str:
    """Render one product of a shop. A shared link to it shows its name."""
    shop = shops.get_by_public_id(public_id)
    product = shop_product_list.get_product(shop, goods_id)
    return render_page(
        visitor, "goods", title=product.name, description=shop.name, shop=shop.public_id, style="mall"
    )


@bp.get("/m/promotions")
@with_visitor
def promotions_page(visitor: Visitor) -> str:
    """Render the promoted goods of the stores around. The position stays in the browser."""
    title = "附近促销"
    return render_page(
        visitor, "promotions", title=title, description=f"{visitor.channel.name}的{title}", style="mall"
    )


@bp.get("/m/cart")
@with_visitor
def cart_page(visitor: Visitor) -> str:
    """Render the cart by shop. That of a visitor stays in the browser."""
    return render_page(visitor, "cart", title="购物车", description=visitor.channel.name, style="mall")


@bp.get("/m/checkout")
@with_visitor
def checkout_page(visitor: Visitor) -> Any:
    """Render the checkout. The chosen goods stay in the browser."""
    return render_member_page(visitor, "checkout", title="确认订单", style="mall")


@bp.get("/m/addresses")
@with_visitor
def addresses_page(visitor: Visitor) -> Any:
    """Render the addresses of the member."""
    return render_member_page(visitor, "addresses", title="收货地址", style="mall")


@bp.get("/m/orders")
@with_visitor
def orders_page(visitor: Visitor) -> Any:
    """Render what was bought and paid, and what it earned."""
    return render_member_page(visitor, "orders", title="我的订单")


@bp.get("/m/orders/<number>")
@with_visitor
def order_page(visitor: Visitor, number: str) -> Any:
    """Render one order: its state, pickup code, goods and steps."""
    return render_member_page(visitor, "order", title="订单", path=f"orders/{number}", style="mall")


@bp.get("/m/flash-sales")
@with_visitor
def flash_sales_page(visitor: Visitor) -> str:
    """Render the flash sales that are announced or selling."""
    return render_page(
        visitor, "flash-sales", title="限时抢购", description=visitor.channel.name, style="flash-sale"
    )


@bp.get("/m/flash-sales/<sale_id>")
@with_visitor
def flash_sale_page(visitor: Visitor, sale_id: str) -> str:
    """Render one flash sale with its countdown. A shared link to it shows its name."""
    sale = flash_sales.get_shown(sale_id)
    return render_page(visitor, "flash-sale", title=sale.name, description=visitor.channel.name)


@bp.get("/m/favourites")
@with_visitor
def favourites_page(visitor: Visitor) -> Any:
    """Render the favourite goods and stores."""
    return render_member_page(visitor, "favourites", title="我的收藏", style="mall")


@bp.get("/m/footprints")
@with_visitor
def footprints_page(visitor: Visitor) -> Any:
    """Render the goods that were viewed, by day."""
    return render_member_page(visitor, "footprints", title="我的足迹", style="mall")
