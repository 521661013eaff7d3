"""Changes of the trail: entries are appended, and the trail of a deleted account is forgotten. Nothing else writes."""
