"""`make mutants`: the code that decides who sees whom, wrong in one place at a time; a test must notice every time.

The files stay as they are: a test process gets the mutant when it imports the module. `python -m tests.mutants` tries them all
(`--only teams/rights.py` those of one file) and prints how many were noticed, and those that were not.
"""

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
QUERYSETS = ["visible_to", "managed_by", "line_of", "owned_by", "given_by", "held_by", "holding", "shared_with", "_shared_with"]
RIGHTS = ["tests/teams/test_rights.py", "tests/test_oracle.py"]
SHARES = ["tests/pipeline/test_shares.py", "tests/pipeline/views/test_shares.py"]
FILES = {  # file -> the functions that are changed ([]: everything), the tests that must notice
    "teams/rights.py": ([], RIGHTS),
    "teams/models/people.py": ([*QUERYSETS, "own_rep"], [*RIGHTS, "tests/campaigns/test_rep_below.py"]),
    "teams/models/history.py": ([*QUERYSETS, "naming"], [*RIGHTS, "tests/admin/test_held_files.py", "tests/admin/test_sponsor_changes.py"]),
    "teams/models/doors.py": (QUERYSETS, ["tests/teams/test_sessions.py", "tests/campaigns/test_invitations.py"]),
    "campaigns/models/orders.py": (QUERYSETS, [*RIGHTS, "tests/admin/test_reps.py"]),
    "campaigns/models/goals.py": (QUERYSETS, [*RIGHTS, "tests/admin/test_reps.py"]),
    "leads/models/people.py": (QUERYSETS, RIGHTS),
    "leads/models/reminders.py": (QUERYSETS, RIGHTS),
    "leads/models/purchases.py": ([*QUERYSETS, "removable_by", "standing"], ["tests/leads/test_purchases.py"]),
    "pipeline/models/boards.py": (QUERYSETS, [*RIGHTS, *SHARES]),
    "pipeline/models/shares.py": (QUERYSETS, [*RIGHTS, *SHARES]),
    "pipeline/models/work.py": (QUERYSETS, RIGHTS),
    "notifications/models.py": (QUERYSETS, RIGHTS),
    "cotano/jobs/models.py": (QUERYSETS, [*RIGHTS, "tests/jobs/test_audit.py"]),
}
AT_ONCE = 2
ENOUGH = 0.95
LONGEST = 300  # seconds of one mutant
FLIPS = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
INSTEAD = {"Q": ("Q()", "Q(pk__in=[])"), "bool": ("True", "False"), "Self": ("self.all()", "self.none()")}  # of what is returned


@dataclass(frozen=True)
class Mutant:
    """A change: the place of the node among the file's nodes, and which of the changes it can have."""

    file: str
    node: int
    change: int
    says: str


def _changes(node: ast.AST, function: ast.FunctionDef | None) -> Iterator[tuple[str, ast.AST]]:  # noqa: C901, PLR0912  a table
    """What can be wrong about a node, as (words, the node in its stead)."""

    def other(**fields: object) -> ast.AST:
        new = copy.copy(node)
        for name, value in fields.items():
            setattr(new, name, value)
        return new

    match node:
        case ast.Compare(ops=[op]) if type(op) in FLIPS:
            yield "comparison", other(ops=[FLIPS[type(op)]()])
        case ast.BoolOp(op=op, values=values):
            yield "and/or", other(op=FLIPS[type(op)]())
            for n in range(len(values)):
                yield f"without part {n}", other(values=[*values[:n], *values[n + 1 :]]) if len(values) > 2 else values[1 - n]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not", operand
        case ast.BinOp(op=op) if type(op) in FLIPS and function is not None:
            yield "| &", other(op=FLIPS[type(op)]())
            yield "left alone", node.left
            yield "right alone", node.right
        case ast.AugAssign(op=op) if type(op) in FLIPS:
            yield "|= &=", other(op=FLIPS[type(op)]())
        case ast.If() | ast.IfExp():
            for words in ("True", "False"):
                yield f"if {words}", other(test=ast.parse(words, mode="eval").body)
        case ast.Return(value=value) if value is not None and function is not None:
            result = ast.unparse(function.returns) if function.returns else ""
            for words in INSTEAD.get(result, ("None",)):
                if ast.unparse(value) not in {words, "NOTHING" if "[]" in words else words}:
                    yield f"return {words}", other(value=ast.parse(words, mode="eval").body)
        case ast.Call(func=called) if ast.unparse(called).split(".")[-1] in {"filter", "Q", "exclude"}:
            for n, keyword in enumerate(node.keywords):
                if keyword.arg:
                    yield f"without {keyword.arg}", other(keywords=[*node.keywords[:n], *node.keywords[n + 1 :]])
            for n in range(len(node.args)):
                yield f"without condition {n}", other(args=[*node.args[:n], *node.args[n + 1 :]])
        case ast.Dict(keys=keys) if len(keys) > 1:
            for n in range(len(keys)):
                yield f"without entry {n}", other(keys=[*keys[:n], *keys[n + 1 :]], values=[*node.values[:n], *node.values[n + 1 :]])
        case ast.Tuple(elts=elts, ctx=ast.Load()) if len(elts) > 1 and all(isinstance(one, ast.Constant) for one in elts):
            for n in range(len(elts)):
                yield f"without {ast.unparse(elts[n])}", other(elts=[*elts[:n], *elts[n + 1 :]])
        case ast.Constant(value=str(value)):
            yield f"'{value}' is another word", other(value=f"{value}x")
        case _:
            return


def _places(tree: ast.AST) -> Iterator[tuple[int, ast.AST, ast.FunctionDef | None, tuple[ast.AST, str, int | None]]]:
    """Every node but docstrings, annotations, words for people and names of models, with its function and where it hangs."""
    number = 0

    def walk(node: ast.AST, function: ast.FunctionDef | None) -> Iterator[tuple]:
        nonlocal number
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "decorator_list", "func"} and not isinstance(value, ast.Attribute):
                continue
            for n, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(child, ast.AST):
                    continue
                docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
                words = isinstance(child, ast.Call) and ast.unparse(child.func) in {"_", "_model", "apps.get_model"}
                if docstring or words or isinstance(child, ast.JoinedStr):
                    continue
                inside = child if isinstance(child, ast.FunctionDef) else function
                number += 1
                yield number, child, inside, (node, name, n)
                yield from walk(child, inside)

    yield from walk(tree, None)


def mutants(file: str) -> Iterator[Mutant]:
    """All of a file."""
    names = FILES[file][0]
    for number, node, function, _where in _places(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if names and (function is None or function.name not in names):
            continue
        for change, (words, _new) in enumerate(_changes(node, function)):
            yield Mutant(file, number, change, f"{file}:{node.lineno} {words}: {ast.unparse(node).splitlines()[0][:90]}")


def source(mutant: Mutant) -> str:
    """The file with the change."""
    tree = ast.parse((ROOT / mutant.file).read_text(encoding="utf-8"))
    for number, node, function, (parent, name, n) in _places(tree):
        if number == mutant.node:
            new = list(_changes(node, function))[mutant.change][1]
            if n is None:
                setattr(parent, name, new)
            else:
                getattr(parent, name)[n] = new
            return ast.unparse(ast.fix_missing_locations(tree))
    raise LookupError(mutant)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the mutant to whoever imports its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant, self.module = mutant, mutant.file.removesuffix(".py").replace("/", ".")

    def find_spec(self, name: str, path: object, target: object = None) -> object:
        """Ours for that one module."""
        return importlib.util.spec_from_loader(name, self, origin=str(ROOT / self.mutant.file)) if name == self.module else None

    def exec_module(self, module: object) -> None:
        """Run the changed source."""
        exec(compile(source(self.mutant), self.mutant.file, "exec"), vars(module))  # noqa: S102  our own file


def is_noticed(mutant: Mutant, *, change: bool = True) -> bool:
    """Whether a test fails (in a process of its own) with the mutant; without the change none may."""
    said = [mutant.file, str(mutant.node), str(mutant.change if change else -1)]
    environment = {name: value for name, value in os.environ.items() if name != "COTANO_TEST_RUN"}
    command = [sys.executable, "-m", "tests.mutants", "--one", *said]
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, timeout=LONGEST, capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return True
    if done.returncode not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, 1}:
        sys.stderr.write(f"{mutant.says}\n{done.stdout.decode()[-2000:]}{done.stderr.decode()[-2000:]}\n")
    return done.returncode != 0


def one(file: str, node: int, change: int) -> int:
    """The tests of a file, with one mutant of it."""
    if change >= 0:
        sys.meta_path.insert(0, Finder(Mutant(file, node, change, "")))
    return pytest.main(["-x", "-q", "-n0", "--no-header", "--tb=no", *FILES[file][1]])


def run(files: list[str]) -> int:
    """Try all of the files; the exit code is 0 when 95 % or more were noticed."""
    tried = [list(mutants(file)) for file in files]
    noticed = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        if any(pool.map(lambda group: is_noticed(group[0], change=False), tried)):
            sys.exit("the tests fail without any change")
        found = [mutant for group in tried for mutant in group]
        for mutant, was in zip(found, pool.map(is_noticed, found), strict=True):
            noticed += was
            if not was:
                sys.stdout.write(f"not noticed: {mutant.says}\n")
                sys.stdout.flush()
    sys.stdout.write(f"noticed: {noticed} of {len(found)} ({100 * noticed / len(found):.1f} %)\n")
    return int(noticed < ENOUGH * len(found))


if __name__ == "__main__":
    words = argparse.ArgumentParser(prog="make mutants")
    words.add_argument("--only", choices=FILES, help="one file")
    words.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    said = words.parse_args()
    sys.exit(one(said.one[0], int(said.one[1]), int(said.one[2])) if said.one else run([said.only] if said.only else list(FILES)))
