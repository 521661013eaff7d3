"""The unit of work: lock a user's history, load, edit, write what differs, record one event."""
