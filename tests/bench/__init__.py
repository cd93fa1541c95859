"""The benchmark behind ``make bench``: how long an assessment takes, as a ratio to parsing the same bytes."""
