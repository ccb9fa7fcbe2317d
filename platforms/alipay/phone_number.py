"""The phone number that `my.getPhoneNumber` gives a mini-program: encrypted and signed by Alipay."""

import base64
import binascii
import json
import re

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from platforms.alipay.sdk import Sdk

BLOCK_BYTES = 16
NO_IV = bytes(BLOCK_BYTES)  # the platform uses none
SUCCESS = "10000"
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


class InvalidPhoneError(Exception):
    """A text that is not a phone number of this application, or not from Alipay."""


def decrypt(sdk: Sdk, aes_key: str, *, ciphertext: str, signature: str) -> str:
    """Return the phone number in E.164. Raises InvalidPhoneError.

    The signature covers the ciphertext with the quotation marks around it, as in the answer of the platform.
    """
    if not sdk.is_signed(f'"{ciphertext}"'.encode(), signature):
        raise InvalidPhoneError("signature")
    try:
        key, data = (base64.b64decode(text, validate=True) for text in (aes_key, ciphertext))
        decryptor = Cipher(algorithms.AES(key), modes.CBC(NO_IV)).decryptor()
        unpadder = padding.PKCS7(BLOCK_BYTES * 8).unpadder()
        padded = decryptor.update(data) + decryptor.finalize()
        answer = json.loads((unpadder.update(padded) + unpadder.finalize()).decode())
    except (ValueError, binascii.Error, RecursionError):
        raise InvalidPhoneError("ciphertext") from None
    mobile = answer.get("mobile") if isinstance(answer, dict) and answer.get("code") == SUCCESS else None
    if not isinstance(mobile, str) or not _MOBILE.fullmatch(mobile):
        raise InvalidPhoneError("mobile")
    return f"+86{mobile}"
