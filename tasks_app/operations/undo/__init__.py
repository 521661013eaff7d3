"""Undo: what a task and its series were, and the way back."""
