"""Which survival model is right here: models against the outcomes of a hospital, and made cohorts to try it on.

What computes needs the packages of the extra ``validation``; making a synthetic cohort needs none of them.
"""
