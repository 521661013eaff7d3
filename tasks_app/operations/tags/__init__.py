"""Tags: on tasks, renamed, merged, removed."""
