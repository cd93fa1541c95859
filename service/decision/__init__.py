"""From scores and findings to a plan: emergencies, NOMS, and what to find out next."""

from service.decision.plan import plan

__all__ = ["plan"]
