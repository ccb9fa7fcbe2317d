"""Routes of the console (商家后台): the JSON and the page of staff.

They are no part of the public API document, because only our own page calls them.
"""

import importlib
import pkgutil

from flask import Blueprint

_MODULES = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]

# Every module here that has routes keeps them in a blueprint `bp`.
BLUEPRINTS: tuple[Blueprint, ...] = tuple(module.bp for module in _MODULES if hasattr(module, "bp"))
