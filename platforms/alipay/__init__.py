"""Alipay: payments by pay code, in mini-programs and by QR code, refunds, notices and sign-in.

Nothing is imported here: the SDK in `client` costs a process 0.2 s, and most processes never call Alipay.
"""
