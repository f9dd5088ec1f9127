"""How campaigns are numbered: teams names a campaign by value (calendar, year, number)."""

YEARS = (1990, 2200)  # the first and the last one
NUMBERS = (1, 99)  # of a year
