"""spinemets-cds: FHIR-native decision support for tumours of the spine."""

__version__ = "0.1.0"

#: Version of the clinical tables and rules, apart from the code that computes them.
KNOWLEDGE_VERSION = "2026.11.4"

#: Canonical base of every code system and artefact that the product publishes.
BASE = "https://w3id.org/spinemets"
