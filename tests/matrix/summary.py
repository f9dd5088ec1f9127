"""What the run says at its end: how many cases of the matrix there were, and how many pairs of an address and a relation."""

import re

_NAME = re.compile(r"test_matrix\w*\.py::\w+\[(?P<what>[^|\]]+) \| (?P<method>[^|]+) \| (?P<viewer>[^|]+) \| (?P<relation>[^|\]]+)\]$")


def counted(nodeids):
    """(cases, pairs) of the node ids of a run."""
    found = [match for match in map(_NAME.search, nodeids) if match]
    pairs = {(match["what"].split(" (")[0], match["relation"]) for match in found}
    return len(found), len(pairs)


def write(reporter):
    """A line in the terminal; nothing for a run without the matrix."""
    ids = [
        report.nodeid for name in ("passed", "failed") for report in reporter.stats.get(name, []) if getattr(report, "when", "") == "call"
    ]
    cases, pairs = counted(ids)
    if cases:
        reporter.write_line(f"matrix: {cases} cases, {pairs} pairs of an address and a relation")
