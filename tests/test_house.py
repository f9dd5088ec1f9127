"""Rules of the house that no linter knows."""

import ast
import importlib
import re
from types import ModuleType

import pytest

from cotano import env
from cotano.jobs import kinds

APPS = ("campaigns", "cotano", "leads", "notifications", "pipeline", "teams")
CODE = sorted(path for app in APPS for path in (env.ROOT / app).rglob("*.py") if "migrations" not in path.parts)
BENCHES = sorted((env.ROOT / "benchmarks").rglob("*.py"))
TESTS = sorted((env.ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((env.ROOT / "templates").rglob("*.html"))

TREE_FIELDS = {"lft", "rght", "tree_id", "level"}
TREE_METHODS = {
    *("get_ancestors", "get_children", "get_descendants", "get_descendant_count", "get_family", "get_leafnodes", "get_next_sibling"),
    *("get_previous_sibling", "get_root", "get_siblings", "insert_at", "insert_node", "is_child_node", "is_descendant_of"),
    *("is_ancestor_of", "is_leaf_node", "is_root_node", "move_node", "move_to", "partial_rebuild", "rebuild", "get_queryset_ancestors"),
    *("get_queryset_descendants", "add_related_count", "root_nodes", "mptt"),
}


def relative(paths):
    return [str(path.relative_to(env.ROOT)) for path in paths]


def names(path):
    """Every word that code could use as a field, a lookup, a keyword or a module; words inside SQL count too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.keyword) and node.arg:
            yield from re.split("__", node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.count("\n\n"):
            yield from (
                re.findall(r"[a-z_]+", node.value.replace("__", " ")) if " " not in node.value or "SELECT" in node.value.upper() else ()
            )
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("path", [path for path in CODE if env.ROOT / "teams" / "tree" not in path.parents], ids=str)
def test_only_the_tree_package_names_the_trees_columns_and_methods(path):
    words = set(names(path))
    allowed = {"level", "mptt"} if path.name == "settings.py" else set()  # of the logs; the installed app
    assert words & (TREE_FIELDS | TREE_METHODS) - allowed == set()


@pytest.mark.parametrize(("paths", "most"), [(CODE + BENCHES, 500), (TESTS, 800)], ids=["code", "tests"])
def test_no_file_grows_beyond_what_one_reads_at_once(paths, most):
    long = {str(path.relative_to(env.ROOT)): lines for path in paths if (lines := path.read_text(encoding="utf-8").count("\n")) > most}
    assert long == {}


def test_no_text_is_declared_safe():
    found = [path for path in CODE if re.search(r"\bmark_safe\b", path.read_text(encoding="utf-8"))]
    found += [path for path in TEMPLATES if re.search(r"\|\s*safe\b|autoescape off", path.read_text(encoding="utf-8"))]
    assert relative(found) == []


def test_no_signals():
    found = [
        path
        for path in CODE
        if re.search(r"django\.(db\.models|core|dispatch|contrib\.auth)[\w.]* import .*(signals|receiver|Signal)\b", path.read_text())
    ]
    assert relative(found) == []


def test_imports_stand_at_the_top_but_in_tasks():
    """A task may; so may what runs before there are settings: an app config, and the starter with its friendly checks."""
    found = []
    for path in CODE:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = [node for scope in ast.walk(tree) if isinstance(scope, ast.FunctionDef) for node in ast.walk(scope)]
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in inside) and path.name not in {"tasks.py", "apps.py", "up.py"}:
            found.append(path)
    assert relative(found) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(env.ROOT)))
def test_templates_hold_no_inline_script_style_or_handler(path):
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"<style\b|\sstyle=|\son[a-z]+\s*=|javascript:|hx-on\b", text, flags=re.IGNORECASE)
    found += [tag for tag in re.findall(r"<script\b[^>]*>", text) if "src" not in tag]
    assert found == []


def test_the_docs_name_every_column_of_every_file():
    words = (env.ROOT / "docs" / "import-formats.md").read_text(encoding="utf-8")
    columns = {(kind.name, column.name) for kind in kinds.every().values() for column in kind.columns}
    assert sorted((kind, column) for kind, column in columns if f"`{column}`" not in words) == []


def test_the_docs_name_every_setting():
    words = (env.ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    internal = {"COTANO_ALIVE", "COTANO_OWN_QUEUE", "COTANO_POSTGRES_OPTIONS"}  # between the product's own processes
    asks = re.compile(r"env\.(?:text|flag|number|words|choice)\(\"(\w+)\"")
    read = {name for path in CODE for name in asks.findall(path.read_text(encoding="utf-8"))}
    assert sorted(name for name in read - internal if f"`{name}`" not in words) == []


def test_the_docs_lead_nowhere_wrong():
    pages = [*env.ROOT.glob("*.md"), *env.ROOT.glob("docs/*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))]
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def modules_named(tree):
    """Our own modules that the file names by `from package import module`, by the name they have in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in (*APPS, "benchmarks"):
            package = importlib.import_module(node.module)
            for one in (one for one in node.names if one.name != "*"):
                whole = f"{node.module}.{one.name}"
                found = getattr(package, one.name) if hasattr(package, one.name) else importlib.import_module(whole)
                if isinstance(found, ModuleType):
                    yield one.asname or one.name, found


def test_what_is_asked_of_a_module_is_there():
    """A function that was renamed is asked for by its new name everywhere, in lines that no test reaches as well."""
    missing = []
    for path in (*CODE, *BENCHES):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = dict(modules_named(tree))
        own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id not in own:
                module = modules.get(node.value.id)
                if module is not None and not hasattr(module, node.attr):
                    missing.append(f"{path.relative_to(env.ROOT)}:{node.lineno} {node.value.id}.{node.attr}")
    assert missing == []
