"""What the tests of killed writers counted, for the last lines of the run."""

killed = 0
resources = 0
twice = 0
half = 0
