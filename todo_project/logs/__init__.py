"""Log lines: their format, the line for each refused request, and the redaction of secrets."""
