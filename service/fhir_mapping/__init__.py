"""FHIR in and FHIR out: from a Bundle to a case, and from an assessment to a Bundle."""
