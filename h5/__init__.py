"""The pages of a customer: `/m/…`, the H5 mall in an official account."""

from h5 import card_packs, collection, oauth, pages, sign_out

BLUEPRINTS = (card_packs.bp, pages.bp, collection.bp, oauth.bp, sign_out.bp)
