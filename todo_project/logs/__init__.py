"""Log lines: how they are written, which requests get one, and what is never in one."""
