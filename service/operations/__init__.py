"""How the service is watched: what is counted, what is logged, whether it is ready. It knows nothing of records."""
