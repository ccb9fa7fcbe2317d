"""Benchmarks: each measures the house against a bare baseline in the same run."""
