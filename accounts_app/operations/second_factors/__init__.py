"""The second factor of an account: turned on, asked for, turned off."""
