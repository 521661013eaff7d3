"""Why a task is due, comes again, or reminds when it does."""
