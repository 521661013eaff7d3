"""The trash: moving there, restoring, removing for good."""
