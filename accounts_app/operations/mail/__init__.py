"""The mail address of an account, the links that confirm it, and the outbox of mails about accounts."""
