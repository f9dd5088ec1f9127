"""The space of labels and how it is shared out. Tests shrink it."""

TOP = 2**62  # labels lie in [1, TOP); a power of two
SHARE = 6  # a new node takes 1 / 2**SHARE of its parent's spare gap, for those who come below it
SPACING = 2**20  # at least, between two labels of a stretch that is laid out anew
AHEAD = 64  # labels for which such a stretch keeps room at the parent whose gap was used up
TIGHT = 2**16  # a parent with a smaller spare gap gets a larger one at night
