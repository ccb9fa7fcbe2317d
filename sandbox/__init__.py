"""The sandbox: a replacement of WeChat and of an SMS provider, with a phone page to act as a follower."""
