"""Models whose points or coefficients are not public: their inputs are collected, and their results taken back."""

from service.handoffs.collect import READS, collect, exclusions
from service.handoffs.model import (
    BY_RISK,
    Answered,
    Collected,
    CollectedInput,
    HandOff,
    Input,
    Length,
    Occurrence,
    Prediction,
    Returned,
    State,
)
from service.handoffs.table import BY_CODE, HANDOFFS

__all__ = [
    "BY_CODE",
    "BY_RISK",
    "HANDOFFS",
    "READS",
    "Answered",
    "Collected",
    "CollectedInput",
    "HandOff",
    "Input",
    "Length",
    "Occurrence",
    "Prediction",
    "Returned",
    "State",
    "collect",
    "exclusions",
]
