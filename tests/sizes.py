"""How large the generated tests are: small by default, large with SIZE=full. The only place that reads it."""

import os

FULL = os.environ.get("SIZE") == "full"
COMPANIES = 60 if FULL else 12  # generated ones
TAKEN = 60 if FULL else 4  # generated companies whose figures are taken
STEPS = 30 if FULL else 15  # what happens in each
REPS = 15 if FULL else 8  # at most
PHONES = 500_000 if FULL else 20_000  # written in every way
FUZZED = 5000 if FULL else 200  # files of any bytes
NODES = 400 if FULL else 60  # of generated trees
WRITES = 300 if FULL else 60  # to a tree by each of four processes
KILLS, LINES = (6, 100_000) if FULL else (6, 14_000)  # of a worker, and of the file it is loading
ROSTER = 50_000 if FULL else 2_000  # reps of a large company file
LISTED = 10_000 if FULL else 300  # reps of a daily work list, with ten people each
NUDGED = 40 if FULL else 3  # generated companies whose nudges are told plainly
ZONES = None if FULL else 3  # of the world's time zones, beside the named ones; None: all
REMINDED, SHOT = (20_000, 30) if FULL else (300, 3)  # reminders that are sent while so many senders are killed
BEATS, AWAY = (3, 60) if FULL else (1, 0)  # beats at once that ring for what is due, and seconds without a broker
DEVICES, MOVES = (16, 2_000) if FULL else (4, 25)  # on one board, and the moves of each
