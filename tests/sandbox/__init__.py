"""The round trip on a server that is not ours, and a table of what it could do: ``make sandbox SERVER=url``."""
