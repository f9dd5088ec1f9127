"""What the run says at its end: how many cases of the matrix there were, and how many pairs of an address and a relation."""

KEY = "matrix"


def counted(reports):
    """(cases, pairs) of the reports of a run: each tells the address and the relation of every case it asked."""
    found = [tuple(pair) for report in reports for key, pairs in getattr(report, "user_properties", ()) if key == KEY for pair in pairs]
    return len(found), len(set(found))


def write(reporter):
    """A line in the terminal; nothing for a run without the matrix."""
    reports = [report for name in ("passed", "failed") for report in reporter.stats.get(name, []) if getattr(report, "when", "") == "call"]
    cases, pairs = counted(reports)
    if cases:
        reporter.write_line(f"matrix: {cases} cases, {pairs} pairs of an address and a relation")
