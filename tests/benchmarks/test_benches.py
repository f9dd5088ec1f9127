"""Every bench at a tiny size: the shape of its report and the figures everybody refers to. Nothing is asserted by the clock."""

import json
import os
import signal
import subprocess
import sys

import pytest

from benchmarks import figures, registry, running, scratch
from cotano import env
from cotano.test_settings import OWNER
from tests import servers

SIZES = {"board": 60, "export": 200, "import": 200, "kpis": 100, "nudges": 200, "phones": 200, "tree": 60, "vcard": 50, "xlsx": 50}
NAMES = {
    "board": {
        *("server_ms_small", "server_ms_large", "growth", "lead_growth", "contacts_growth", "home_growth", "queue_growth"),
        *("calendar_growth", "queries", "html_gz_bytes", "moves_vs_locked", "moves_per_s", "move_deadlocks"),
    },
    "export": {"csv_vs_stock", "csv_rss_mb", "xlsx_vs_stock", "xlsx_rss_mb"},
    "import": {
        *("cpu_vs_stock", "cpu_vs_use_bulk", "cpu_vs_bulk_create", "cpu_vs_copy"),
        *("rss_over_idle_mb", "preview_vs_stock", "preview_page_kb", "verdicts_wrong"),
    },
    "tree": {
        *("insert_ms_median", "insert_ms_p95", "insert_rows", "insert_wal_bytes", "insert_vs_stock", "move_rows_over_m", "move_100_ms"),
        *("roster_first_s", "roster_file_s", "roster_noop_s", "relabel_s", "rollup_s", "levels_s", "upline_ms", "in_downline_ms"),
        *("page_50_ms", "concurrent_ops_per_s", "concurrent_errors", "concurrent_broken", "stale_foreign", "roster_peak_mb"),
    },
    "kpis": {
        *("campaign_s", "vs_per_rep", "sample_wrong", "nothing_new_rows", "peak_mb"),
        *("dashboard_queries", "dashboard_ms", "call_first_ms", "rollover_cards_per_s"),
    },
    "nudges": {
        *("claim_buffers_vs_scan", "cpu_ms_per_nudge", "noop_per_s", "batch_vs_task"),
        *("push_cpu_vs_library", "push_per_s", "spike_p99_s", "spike_twice"),
        *("rules_s", "rules_over_idle_mb", "rules_twice"),
    },
    "phones": {"vs_library", "mismatches"},
    "vcard": {"vs_vobject"},
    "xlsx": {"vs_openpyxl"},
}
KEYS = ["name", "value", "unit", "baseline", "baseline_value", "ratio", "goal", "met"]


@pytest.fixture(scope="module")
def template():
    """A migrated database to copy."""
    name = f"{servers.PREFIX}{os.getpid()}_bench"
    servers.make_database(name)
    yield name
    servers.drop_database(name)


def databases(name):
    with servers.as_owner() as wire:
        return wire.execute("select count(*) from pg_database where datname = %s", [name]).fetchone()[0]


def test_every_bench_is_tried():
    assert set(SIZES) == set(NAMES) == set(registry.BENCHES)


@pytest.mark.parametrize("name", sorted(registry.BENCHES))
def test_a_report_has_its_shape_and_its_figures(name, template):
    report = running.measure(name, SIZES[name], template=template, quiet=True)
    assert list(report) == ["bench", "size", "machine", "figures"]
    assert (report["bench"], report["size"]) == (name, SIZES[name])
    assert list(report["machine"]) == ["cores", "python", "postgresql"]
    rows = {row["name"]: row for row in report["figures"]}
    assert len(rows) == len(report["figures"])
    assert NAMES[name] - set(rows) == set()
    for row in rows.values():
        assert list(row) == KEYS
        assert isinstance(row["value"], int | float)
        assert row["met"] == (figures.holds(row["value"], row["goal"]) if row["goal"] else None)
        if "vs" in row["name"].split("_"):
            assert (row["unit"], row["value"]) == ("times", row["ratio"])
    assert len(figures.table(report).splitlines()) == 2 + len(rows)
    assert databases(f"{scratch.PREFIX}{os.getpid()}") == 0


@pytest.mark.parametrize(
    ("value", "goal", "met"),
    [
        (5, "<= 5", True),
        (5.1, "<= 5", False),
        (0.1, ">= 0.10", True),
        (0, "== 0", True),
        (1, "== 0", False),
        (1, "< 1", False),
        (2, "> 1", True),
    ],
)
def test_a_goal_is_a_comparison_with_a_number(value, goal, met):
    assert figures.Figure("it", value, goal=goal).met is met


@pytest.mark.parametrize("goal", ["5", "<=5", "<= five", "about 5", "<= 5 ms"])
def test_a_goal_that_is_none_is_an_error(goal):
    with pytest.raises(figures.BadGoal):
        figures.holds(1, goal)


@pytest.mark.parametrize(
    ("value", "said"), [(1234567, 1234567), (1234.5678, 1235), (0.000123456, 0.0001235), (2.0, 2), (None, None), (99.99999, 100)]
)
def test_a_number_has_the_digits_a_measurement_is_worth(value, said):
    assert figures.rounded(value) == said


def test_a_missed_goal_is_printed_and_no_error(template):
    row = figures.Figure("moves_ms", 12.5, "ms", "<= 5", "the other way", 25.0, 2.0).row()
    text = figures.table({"bench": "it", "size": 1000, "machine": {"cores": 2}, "figures": [row]})
    assert text.splitlines()[0] == "it, size 1,000 (cores 2)"
    assert text.splitlines()[2].split() == ["moves_ms", "12.5", "ms", "<=", "5", "MISSED", "25", "2", "the", "other", "way"]


@pytest.fixture
def started():
    """Commands under way; what is left of them is ended with the test."""
    processes = []

    def start(*words, **more):
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cotano.settings", **more}
        command = [sys.executable, "manage.py", "bench", *words]
        process = subprocess.Popen(command, cwd=env.ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(started, number):
    process = started("phones", "--size", "100000000")
    assert process.stderr.readline().endswith("100,000 numbers as typed\n")
    name = f"{scratch.PREFIX}{process.pid}"
    assert databases(name) == 1
    process.send_signal(number)
    process.communicate(timeout=60)
    assert (process.returncode, databases(name)) == (128 + number, 0)


def test_what_a_killed_run_left_is_cleared_by_the_next(started):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    name = f"{scratch.PREFIX}{gone.pid}"
    with servers.as_owner() as wire:
        wire.execute(f"create database {name}")
    assert json.loads(started("phones", "--size", "10", "--json").communicate()[0])["bench"] == "phones"
    assert databases(name) == 0


def test_a_role_that_makes_no_databases_gets_a_server_of_its_own(started):
    before = os.environ["DATABASE_URL"]
    process = started("phones", "--size", "10", "--json", DATABASE_OWNER_URL=before)
    out, said = process.communicate()
    assert (process.returncode, json.loads(out)["bench"]) == (0, "phones"), said
    assert OWNER["USER"] not in before


@pytest.mark.parametrize(
    ("words", "sentence"), [(["--size", "0"], "--size is a whole number from 1 on"), (["--size", "many"], "invalid int")]
)
def test_a_size_that_makes_no_sense_is_refused(started, words, sentence):
    process = started("phones", *words)
    assert sentence in process.communicate()[1]
    assert process.returncode in {1, 2}
