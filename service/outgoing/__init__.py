"""What the service asks of others over HTTP: within bounds, and of nobody who is not listed."""
