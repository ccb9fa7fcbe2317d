"""Routes: the addresses of the platforms, of the tests and of the phone page."""
