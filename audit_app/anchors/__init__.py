"""Anchors: once a day, a signed root over the ends of all chains goes to where who has the database cannot write."""
