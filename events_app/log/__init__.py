"""The log: functions that write, append to and read a user's history."""
