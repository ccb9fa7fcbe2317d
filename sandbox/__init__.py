"""The stand-in of WeChat and of an SMS provider, with the phone of the people who use them."""
