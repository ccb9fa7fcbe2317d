"""Promotions (促销) as staff make them: drafts, approval, what is active in a shop, and the ledger of their uses."""
