"""The till (收银台): the page that a cashier works with, below `/till`."""

from till import page

BLUEPRINTS = (page.bp,)
"""The page. What it shows and does comes from the JSON routes of the till."""
