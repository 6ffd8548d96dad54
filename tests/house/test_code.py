"""How the code reads: short functions, no markup in Python, nothing of this machine."""

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEDIAN_LINES = 12
LONGEST_FILE = 500
NAMES_NOTHING = {"utils", "helpers", "manager", "common", "base", "process", "handle", "data", "misc"}


def python_files() -> list[Path]:
    """Return every Python file that git knows."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).exists()]


def product_files() -> list[Path]:
    """Return the files of the product itself."""
    return [
        path for path in python_files() if path.relative_to(ROOT).parts[0] != "tests" and "versions" not in path.parts
    ]


def function_lengths() -> list[int]:
    """Return the lines of every function from `def` to its end, without its docstring."""
    lengths = []
    for path in product_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
                doc = (first.end_lineno or 0) - first.lineno + 1 if said else 0
                lengths.append((node.end_lineno or node.lineno) - node.lineno + 1 - doc)
    return lengths


def test_functions_are_short() -> None:
    """Half of all functions have at most twelve lines."""
    assert statistics.median(function_lengths()) <= MEDIAN_LINES


def test_files_hold_one_idea() -> None:
    """A file past this length holds two."""
    long = {
        str(path.relative_to(ROOT)) for path in product_files() if len(path.read_text().splitlines()) > LONGEST_FILE
    }
    assert not long


def test_names_name_something() -> None:
    """No module is called after nothing."""
    assert not [path for path in product_files() if path.stem in NAMES_NOTHING]


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in product_files()])
def test_public_things_have_a_docstring(path: Path) -> None:
    """Modules, public classes and public functions say what they are for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not tree.body:
        return
    silent = [] if ast.get_docstring(tree) else ["the module"]
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            public = not node.name.startswith("_")
            silent += [node.name] if public and not ast.get_docstring(node) else []
    assert not silent


def test_no_markup_in_python() -> None:
    """Pages come from templates."""
    tag = re.compile(r"""["'](?:[^"']*)</?(?:div|p|span|ul|li|h[1-6]|a|form|table)\b[^>]*>""")
    assert not [str(path) for path in product_files() if tag.search(path.read_text(encoding="utf-8"))]


def test_nothing_of_this_machine_is_committed() -> None:
    """No absolute path, no address of a package registry."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    bad = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/|https?://[^\s\"]*(?:registry\.|pypi\.org/simple|mirror)")
    found = []
    for name in listed:
        path = ROOT / name
        if path.suffix in (".png", ".woff2", ".mo") or not path.exists() or path == Path(__file__):
            continue
        if bad.search(path.read_text(encoding="utf-8")):
            found.append(name)
    assert not found


def test_locks_have_hashes_and_no_addresses() -> None:
    """D23: names, exact versions and hashes."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")
