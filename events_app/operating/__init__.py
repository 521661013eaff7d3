"""What operators see and do: lag, invariants, recovery, commands."""
