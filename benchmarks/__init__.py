"""Measures the blocks beside others of their kind. See README.md beside this file."""
