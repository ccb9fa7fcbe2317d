"""Clients of the platforms, one thin client for each. They import no other package of the project."""
