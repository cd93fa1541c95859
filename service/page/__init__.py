"""The page: what it shows of an assessment, as templates and pictures."""
