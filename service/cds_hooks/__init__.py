"""CDS Hooks 2.0: from a call to cards, without HTTP."""
