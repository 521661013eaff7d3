"""Many changes in one call: what an operation is, how it is carried out, and all of them together."""
