"""From scores and findings to a plan: emergencies, NOMS, and what to find out next."""

from service.decision.plan import READS, plan

__all__ = ["READS", "plan"]
