"""Values of the task domain: the fields of a change, dues, schedules, tag names, rows for clients."""
