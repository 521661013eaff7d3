"""Proving that trails are what was written: the walk along a chain, how far it came, and the rounds over all chains."""
