"""Routes that the platforms knock on."""
