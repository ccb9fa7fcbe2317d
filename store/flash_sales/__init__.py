"""Flash sales: goods at a low price for a short time, with a stock of their own and a limit for each member."""
