"""Passwords: changed by their owner, reset by a link in a mail, set by an operator; and the sign-ins that this ends."""
