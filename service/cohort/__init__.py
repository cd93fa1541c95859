"""Cohorts: a FHIR Bulk Data export in, a Parquet row for each patient and lesion out.

Two passes, neither of which holds more than a bound: every line goes to the part that its patient belongs to
(:mod:`service.cohort.sorting`), then the patients of each part are assessed one by one
(:mod:`service.cohort.assessing`).
"""
