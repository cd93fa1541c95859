"""The mutation testing behind ``make mutate``: whether the tests notice a change of the scores and of the rules."""
