"""Doors of the customer: the JSON that mini-programs and H5 pages speak."""

from flask import Blueprint

DOORS: tuple[Blueprint, ...] = ()
