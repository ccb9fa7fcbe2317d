"""What follows payments in the background: queries, closing, reversals and refunds."""
