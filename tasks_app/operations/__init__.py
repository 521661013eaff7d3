"""Every change of the task domain: one function per verb, each one transaction of its owner's history."""
