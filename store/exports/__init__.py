"""Exports (导出): lists of the console as Excel files, written by a worker."""
