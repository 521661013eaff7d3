"""Readers of the log: their specs and functions, their registration, and the kernel that advances them."""
