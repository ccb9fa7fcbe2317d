"""Routes of the console (商家后台): the JSON and the page of staff.

They are no part of the public API document, because only our own page calls them.
"""

from flask import Blueprint

from console import me, pages, sign_in

BLUEPRINTS: tuple[Blueprint, ...] = (sign_in.bp, me.bp, pages.bp)
