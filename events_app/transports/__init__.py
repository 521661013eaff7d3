"""Ways to carry messages, chosen by `settings.EVENT_TRANSPORT`."""
