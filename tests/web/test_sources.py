"""What every template, stylesheet and script keeps to (style sections 10 and 4, privacy-spec 7)."""

import ast
import re
from pathlib import Path

import pytest

import web
from web import texts
from web.build import icon_names
from web.environment import TEMPLATES, environment

STATIC = Path(web.__file__).parent / "static"
PAGES = sorted(TEMPLATES.rglob("*.html"))
STYLES = sorted(p for p in STATIC.rglob("*.css") if p.name != "tokens.css")
SCRIPTS = sorted(STATIC.rglob("*.js"))
NAMES_OF_COLOURS = r"\b(?:white|black|red|green|blue|gr[ae]y|yellow|orange|purple|pink)\b"
NEEDS_NO_TRANSLATION = re.compile(r"[\W\d_]*|&\w+;|Moi|113\.nl|CSV")
ATTRIBUTE = re.compile(r"""["\s]*[\w-]+="[\w -]*"?""")
WORDLESS_BLOCKS = ("title", "main_class", "body_class", "history", "robots")
WRITTEN_OUT_LOUD = ("title", "alt", "aria-label", "placeholder")


def name(path: Path) -> str:
    return path.relative_to(STATIC.parent).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_template_compiles_strictly(path: Path) -> None:
    environment("nl").get_template(path.relative_to(TEMPLATES).as_posix())


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_template_says_what_it_needs_on_its_first_line(path: Path) -> None:
    assert path.read_text(encoding="utf-8").lstrip().startswith("{#")


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_template_has_nothing_inline_and_nothing_unescaped(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.name != "nood.html":
        assert not re.search(r"<style|<script(?! type=\"module\" src)", text)
    assert not re.search(r'\s(?:style|on[a-z]+)="', text)
    assert "|safe" not in text.replace(" ", "")
    assert "autoescape" not in text


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_sentence_of_a_template_can_be_translated(path: Path) -> None:
    text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(rf"{{% block (?:{'|'.join(WORDLESS_BLOCKS)}) %}}.*?{{% endblock %}}", "\0", text, flags=re.DOTALL)
    text = re.sub(r"{{.*?}}|{%.*?%}", "\0", text, flags=re.DOTALL)
    text = re.sub(r"<(?:title|style|script)\b.*?</(?:title|style|script)>", "", text, flags=re.DOTALL)
    text = re.sub(r"<(\w+)\b[^>]*\slang=[^>]*>.*?</\1>", "", text, flags=re.DOTALL)
    loud = re.findall(rf'\s(?:{"|".join(WRITTEN_OUT_LOUD)})="([^"\0]+)"', text)
    shown = re.split(r"\0", re.sub(r"<[^>]*>", "\0", text))
    said = [words.strip() for words in (*shown, *loud)]
    said = [words for words in said if not ATTRIBUTE.fullmatch(words)]
    assert not [words for words in said if not NEEDS_NO_TRANSLATION.fullmatch(words)]


@pytest.mark.parametrize("path", STYLES, ids=name)
def test_stylesheet_names_meanings_not_colours(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    values = " ".join(re.findall(r":\s*([^;{}]+);", text))
    assert not re.search(rf"#[0-9a-fA-F]{{3,8}}\b|rgba?\(|hsla?\(|{NAMES_OF_COLOURS}", values)
    assert "!important" not in text


@pytest.mark.parametrize("path", STYLES, ids=name)
def test_stylesheet_follows_the_direction_of_reading(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    physical = r"(?:margin|padding|border)-(?:left|right|top|bottom)|(?:left|right|top|bottom|width|height):"
    physical += r"|text-align: (?:left|right)"
    assert not [
        found for found in re.findall(rf"^\s+((?:{physical})[^;]*;)", text, re.MULTILINE) if "stroke" not in found
    ]


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_script_makes_no_html_from_text_and_keeps_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
    assert not re.search(r"localStorage|indexedDB|serviceWorker|caches\.", text)
    assert not re.search(r"https?://(?!www\.w3\.org)", text)
    if path.name not in ("main.js", "snel-weg.js"):
        assert "sessionStorage" not in text


def test_web_imports_nothing_of_ours() -> None:
    for path in sorted(STATIC.parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not [module for module in imported if module.split(".")[0] in ("server", "moderation")], path.name


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_icon_is_in_the_sprite(path: Path) -> None:
    used = re.findall(r"""(?:icon\(|symbol=)["']([a-z-]+)["']""", path.read_text(encoding="utf-8"))
    assert set(used) <= icon_names().keys()


def test_every_behaviour_a_page_names_exists() -> None:
    named = {word for path in PAGES for found in _behaviours(path) for word in found.split()}
    assert named <= {script.stem for script in SCRIPTS if script.parent.name == "behaviours"}


def _behaviours(path: Path) -> list[str]:
    return re.findall(r"""data-behaviour(?:="|'\s*:\s*')([a-z -]+)""", path.read_text(encoding="utf-8"))


def test_every_key_a_page_asks_for_has_a_text() -> None:
    asked = {
        key for path in PAGES for key in re.findall(r"""\btext\('([a-z][\w.-]*[\w])'[,)]""", path.read_text("utf-8"))
    }
    assert sorted(key for key in asked if not texts.has(key)) == []
