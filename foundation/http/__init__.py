"""Problem documents, strict request bodies, paged lists, parts of the admin."""
