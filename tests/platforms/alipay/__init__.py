"""Tests of the client of Alipay against the sandbox."""
