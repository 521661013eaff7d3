"""Search by words: what a text says, what a query asks, and how each database keeps and finds it. No models."""
