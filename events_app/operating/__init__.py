"""Tools for operators: lag, invariants, recovery, the base class of commands."""
