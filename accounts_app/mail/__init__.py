"""Mail addresses and what mails about accounts say. Pure."""
