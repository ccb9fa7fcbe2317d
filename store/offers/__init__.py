"""Offers (促销展示): what the promotions of a shop give on its goods, as one buyer sees it now."""
