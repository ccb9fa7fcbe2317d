"""The pages of a customer: `/m/…`, the H5 mall in an official account."""

from h5 import activities, booking_pages, card_packs, collection, mall_pages, oauth, pages, sign_out

BLUEPRINTS = (
    mall_pages.bp, activities.bp, pages.bp, booking_pages.bp, card_packs.bp, collection.bp, oauth.bp, sign_out.bp,
)  # fmt: skip
