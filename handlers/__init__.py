"""Doors that the platforms knock on."""
