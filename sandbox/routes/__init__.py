"""Routes of the platforms, of the control API and of the phone page."""
