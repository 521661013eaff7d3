"""What a user may prefer: time zones and quiet hours. Pure."""
