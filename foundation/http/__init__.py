"""Problem documents, strict bodies, pages of lists, parts of the admin."""
