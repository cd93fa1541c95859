"""The server as it is deployed, under load for minutes, while its workers are killed: ``make soak``."""
