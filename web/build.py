"""Build the assets of the pages: python -m web.build [--check]

Own CSS, scripts and icons, and what the npm packages of the lock file bring (design system CSS, font, icons), go into
web/built/ under names with a content hash, each with a brotli and a gzip copy, and a manifest from source name to built
name. Nothing is done when no input changed. --check builds nothing and fails when the result is out of date.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import brotli

from web.packages import NODE_MODULES, ROOT, install, is_installed, licences

STATIC = Path(__file__).parent / "static"
BUILT = Path(__file__).parent / "built"
STAMP = BUILT / "inputs.sha256"

DESIGN_SYSTEM = (
    *("heading-1", "heading-2", "heading-3", "paragraph", "link", "button", "skip-link"),
    *("form-label", "form-field", "form-field-description", "form-field-error-message", "form-fieldset"),
    *("textbox", "textarea", "select", "checkbox"),
)
FONT_FILES = NODE_MODULES / "@fontsource" / "source-sans-3" / "files"
FONTS = {f"fonts/source-sans-3-latin-{w}.woff2": f"source-sans-3-latin-{w}-normal.woff2" for w in (400, 700)}
LAYERS = "@layer tokens, base, nlds, layout, components, state;\n"
TEXTUAL = {".css", ".js", ".svg", ".txt"}


def main(arguments: list[str]) -> int:
    """Build, or check that the build is up to date. Returns the exit status."""
    if "--check" in arguments:
        return _check()
    if not is_installed():
        install()
    wanted = inputs_hash()
    if _built_from() != wanted:
        fresh = Path(tempfile.mkdtemp(prefix="built-", dir=BUILT.parent))
        build(fresh)
        (fresh / STAMP.name).write_text(wanted, encoding="utf-8")
        _replace(fresh)
        sys.stdout.write("assets built\n")
    return 0


def build(folder: Path) -> dict[str, str]:
    """Build everything into an emptied folder. Returns source name → built name, as in its manifest.json."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made: dict[str, str] = {}
    for name, source in FONTS.items():
        made[name] = _write(folder, name, (FONT_FILES / source).read_bytes())
    made["icon.svg"] = _write(folder, "icon.svg", (STATIC / "icons" / "horizon.svg").read_bytes())
    made["icons.svg"] = _write(folder, "icons.svg", sprite().encode())
    made["css/main.css"] = _write(folder, "css/main.css", stylesheet(made).encode())
    _scripts(folder, made)
    made["licences.txt"] = _write(folder, "licences.txt", licences().encode())
    (folder / "manifest.json").write_text(json.dumps(made, indent=1, sort_keys=True), encoding="utf-8")
    return made


def _replace(fresh: Path) -> None:
    """Put a finished build in place of the old one, so that nobody reads half a build."""
    fresh.chmod(0o755)
    old = Path(tempfile.mkdtemp(prefix="built-", dir=BUILT.parent))
    if BUILT.exists():
        BUILT.rename(old / "old")
    fresh.rename(BUILT)
    shutil.rmtree(old)


def inputs_hash() -> str:
    """Return one hash over all that the build reads. The lock file stands for the packages."""
    digest = hashlib.sha256()
    own = [Path(__file__), Path(__file__).with_name("packages.py"), ROOT / "package-lock.json"]
    for path in [*own, *sorted(p for p in STATIC.rglob("*") if p.is_file())]:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def stylesheet(made: dict[str, str]) -> str:
    """Return all CSS as one file in layers: the design system unmodified, then ours over it."""
    folder = STATIC / "css"
    parts = [LAYERS]
    for name in DESIGN_SYSTEM:
        css = (NODE_MODULES / "@utrecht" / f"{name}-css" / "dist" / "index.min.css").read_text(encoding="utf-8")
        parts.append(f"@layer nlds{{{_without_comments(css)}}}\n")
    for layer, name in (("tokens", "tokens"), ("tokens", "nlds"), ("base", "base"), ("layout", "layout")):
        parts.append(f"@layer {layer}{{{_smaller((folder / f'{name}.css').read_text(encoding='utf-8'))}}}\n")
    for path in sorted((folder / "components").glob("*.css")):
        parts.append(f"@layer components{{{_smaller(path.read_text(encoding='utf-8'))}}}\n")
    parts.append(f"@layer state{{{_smaller((folder / 'state.css').read_text(encoding='utf-8'))}}}\n")
    return re.sub(r'url\("\.\./([^"]+)"\)', lambda m: f'url("{made[m[1]]}")', "".join(parts))


def sprite() -> str:
    """Return the icons of icons.txt as one SVG file of symbols, without the attributes that .icon in the CSS gives."""
    symbols = []
    for name, source in icon_names().items():
        drawing = (NODE_MODULES / "heroicons" / "24" / "outline" / f"{source}.svg").read_text(encoding="utf-8")
        paths = "".join(re.findall(r"<(?:path|circle|rect)[^>]*/>", drawing))
        paths = re.sub(r' stroke-linecap="round"| stroke-linejoin="round"', "", paths)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{paths}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


def icon_names() -> dict[str, str]:
    """Return our icon names → the names in the package, from icons.txt."""
    lines = (STATIC / "icons" / "icons.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=") for line in lines if "=" in line and not line.startswith("#"))
    return {ours.strip(): theirs.strip() for ours, theirs in pairs}


def _scripts(folder: Path, made: dict[str, str]) -> None:
    """Write every module, those it imports first, because their hashed names stand in its text."""
    sources = {p.relative_to(STATIC).as_posix(): p.read_text(encoding="utf-8") for p in STATIC.rglob("js/**/*.js")}
    behaviours = sorted(n for n in sources if n.startswith("js/behaviours/"))
    listed = ", ".join(f'["{Path(n).stem}", () => import("./behaviours/{Path(n).name}")]' for n in behaviours)
    sources["js/main.js"] = sources["js/main.js"].replace("/* behaviours */", listed)
    for name in _imports_first(sources):
        text = re.sub(
            r'((?:from|import)\s*\(?\s*")(\.[^"]+)(")',
            lambda m, of=name: f"{m[1]}./{made[_resolved(of, m[2])]}{m[3]}",  # type: ignore[misc]
            sources[name],
        )
        made[name] = _write(folder, name, _without_indent(_without_comments(text)).encode())


def _imports_first(sources: dict[str, str]) -> Iterator[str]:
    """Yield module names so that each comes after what it imports. Raises ValueError on a circle."""
    waiting = {name: set(_imports(name, text)) for name, text in sources.items()}
    while waiting:
        ready = sorted(name for name, needs in waiting.items() if not needs & waiting.keys())
        if not ready:
            raise ValueError(f"modules import each other: {sorted(waiting)}")
        for name in ready:
            del waiting[name]
            yield name


def _imports(name: str, text: str) -> list[str]:
    return [_resolved(name, found) for found in re.findall(r'(?:from|import)\s*\(?\s*"(\.[^"]+)"', text)]


def _resolved(importer: str, relative: str) -> str:
    path = (STATIC / importer).parent / relative
    return path.resolve().relative_to(STATIC.resolve()).as_posix()


def _write(folder: Path, name: str, content: bytes) -> str:
    """Write one file under its hashed name, with its compressed copies. Returns the hashed name."""
    path = Path(name)
    built = f"{path.stem}-{hashlib.sha256(content).hexdigest()[:10]}{path.suffix}"
    (folder / built).write_bytes(content)
    if path.suffix in TEXTUAL:
        (folder / f"{built}.br").write_bytes(brotli.compress(content))
        (folder / f"{built}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    return built


def _without_comments(text: str) -> str:
    return re.sub(r"^\s*//[^\n]*\n", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL), flags=re.MULTILINE)


def _without_indent(script: str) -> str:
    """Take the white space that says nothing out of a script; no text of ours goes over a line."""
    return re.sub(r"([{;,(\[])\n", r"\1", re.sub(r"\n\s+", "\n", script))


def _smaller(css: str) -> str:
    """Take comments and spare white space out of our own CSS."""
    css = re.sub(r"\s+", " ", _without_comments(css))
    return re.sub(r"\s*([{};,])\s*", r"\1", css).replace(";}", "}").strip()


def _built_from() -> str:
    return STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""


def _check() -> int:
    if _built_from() == inputs_hash():
        return 0
    sys.stderr.write("the assets are out of date; run: python -m web.build\n")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"npm could not install the packages of package-lock.json (exit {error.returncode})")
