"""What proves who somebody is: credentials, signed tokens, and the keys that sign them."""
