"""Verification of trails: the walk along a chain, its stored progress, and the daily round over all chains."""
