"""Benchmarks: each compares the application with a baseline that is measured in the same run."""
