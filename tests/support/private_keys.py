"""A private key that no account has, made once, because making one takes a tenth of a second."""

from sandbox import wechat_pay_crypto

OTHER_KEY = wechat_pay_crypto.generate_private_key()
