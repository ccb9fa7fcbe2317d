"""The pages of a customer: `/m/…`, the H5 mall in an official account."""

from h5 import collection, mall_pages, oauth, pages, sign_out

BLUEPRINTS = (mall_pages.bp, pages.bp, collection.bp, oauth.bp, sign_out.bp)
from h5 import booking_pages, collection, oauth, pages, sign_out

BLUEPRINTS = (pages.bp, booking_pages.bp, collection.bp, oauth.bp, sign_out.bp)
