"""Background work about orders of the shop."""
