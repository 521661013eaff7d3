"""Tags: set on tasks, renamed, merged, deleted."""
