"""The build: complete, up to date, within the budgets of ux-spec 13, the same every time."""

import re
from pathlib import Path

import pytest

from web import build, manifest
from web.packages import NODE_MODULES, ROOT

KIB = 1024
CHAT = "js/behaviours/chat-room.js"
PAGE_MODULES = ("js/main.js", "js/behaviours/snel-weg.js")


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    assert build.main([]) == 0


def compressed(name: str) -> int:
    return len(manifest.files()[f"{manifest.names()[name]}.br"])


def content(name: str) -> str:
    return manifest.files()[manifest.names()[name]].decode()


def test_check_passes_after_a_build() -> None:
    assert build.main(["--check"]) == 0


def test_check_fails_when_an_input_changed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(build, "inputs_hash", lambda: "something else")
    assert build.main(["--check"]) == 1
    assert "python -m web.build" in capsys.readouterr().err


def test_the_same_input_gives_the_same_names(tmp_path: Path) -> None:
    assert build.build(tmp_path / "again") == build.build(tmp_path / "and-again")


def test_budgets_hold() -> None:
    assert compressed("css/main.css") <= 18 * KIB
    assert sum(compressed(name) for name in PAGE_MODULES) <= 6 * KIB
    assert compressed("icons.svg") <= 4 * KIB
    fonts = [name for name in manifest.names() if name.endswith(".woff2")]
    assert sum(len(manifest.files()[manifest.names()[name]]) for name in fonts) <= 32 * KIB


def test_a_room_loads_little_script() -> None:
    """What a page with a conversation adds to the scripts of every page (ux-spec 13)."""
    assert sum(compressed(name) for name in with_imports(CHAT) - with_imports("js/main.js")) <= 14 * KIB


def with_imports(name: str) -> set[str]:
    """Return a module and all that it loads."""
    sources = {built: source for source, built in manifest.names().items()}
    found = {name}
    for built in re.findall(r'from\s*"\./([^"]+)"', content(name)):
        found |= with_imports(sources[built])
    return found


def test_modules_name_only_files_that_exist() -> None:
    for name in manifest.names():
        if name.endswith(".js"):
            text = content(name)
            for found in re.findall(r'(?:from|import)\s*\(?\s*"\./([^"]+)"', text):
                assert found in manifest.files(), f"{name} imports {found}"


def test_every_behaviour_is_reachable_from_main() -> None:
    main = content("js/main.js")
    for name, built in manifest.names().items():
        if name.startswith("js/behaviours/"):
            assert f'["{Path(name).stem}"' in main
            assert built in main


def test_design_system_goes_in_unmodified() -> None:
    css = content("css/main.css")
    for name in build.DESIGN_SYSTEM:
        package = NODE_MODULES / "@utrecht" / f"{name}-css" / "dist" / "index.min.css"
        assert build._without_comments(package.read_text(encoding="utf-8")) in css


def test_stylesheet_points_only_to_our_own_files() -> None:
    css = content("css/main.css")
    for address in re.findall(r'url\("?([^")]+)"?\)', css):
        assert address in manifest.files(), address


def test_licences_name_every_package() -> None:
    text = content("licences.txt")
    for name in ("@utrecht/button-css", "@fontsource/source-sans-3", "heroicons"):
        assert name in text


def test_lock_file_holds_no_addresses() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_modules_that_import_each_other_are_refused() -> None:
    circle = {"js/a.js": 'import "./b.js";', "js/b.js": 'import "./a.js";'}
    with pytest.raises(ValueError, match="import each other"):
        list(build._imports_first(circle))
