"""HealthChain, another framework for hooks of CDS Hooks, serving the same cards: what the calls are measured beside."""
