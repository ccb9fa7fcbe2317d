"""Orders (订单): one table for all channels, priced once, paid in parts, returned by lines.

An order holds coupons, points and stored value until it is paid or closed. A return (退单) is an order of the other
direction.
"""
