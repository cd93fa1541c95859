"""From scores and findings to a plan: emergencies, prognosis, the rules for each lesion, and what to find out next."""

from service.decision.guidelines import GUIDELINES
from service.decision.plan import plan
from service.decision.prognosis import LEAD_MODELS
from service.decision.tables import READS

__all__ = ["GUIDELINES", "LEAD_MODELS", "READS", "plan"]
