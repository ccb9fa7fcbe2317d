"""Activation codes (激活码): who holds a plastic card makes it their own with its number and its code."""
