"""Pricing (计价): what an order costs, with one explanation per discount and shares per line that sum to the fen.

Pure: cart, preview, order and till call the same function with all that it needs.
"""
