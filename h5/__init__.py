"""The pages of a customer: `/m/…`, the H5 mall in an official account."""

from h5 import oauth, pages, sign_out

DOORS = (pages.door, oauth.door, sign_out.door)
