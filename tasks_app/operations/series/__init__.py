"""Recurring tasks: the rule, successors, skipped and detached occurrences, missed slots."""
