"""Tests of the client of WeChat Pay."""
