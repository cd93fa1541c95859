"""The mutation testing behind ``make mutate``: whether the tests of the scores notice a change of service/scoring."""
