"""What a task is made of, as values: the fields a change names, dues, schedules, tag names, rows for clients."""
