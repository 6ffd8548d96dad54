"""Checks that every page passes, whatever it is about. The test clients call `check` on each page they fetch."""

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

TITLES = frozenset(f"Moi · {word}" for word in ("Start", "Lezen", "Praten", "Afspraak", "Team", "Hulp"))
LANGUAGES = frozenset({"nl", "en"})
FIELDS = ("input", "textarea", "select")
UNSEEN = frozenset({"hidden", "submit", "button"})
# Newer than html5lib: elements inside a select, and forms of attributes that it calls unknown. None so far.
TOLERATED: frozenset[str] = frozenset()


def check(html: str, *, team: bool = False) -> Element:
    """Raise AssertionError when a page breaks a promise of every page; return its tree otherwise.

    team: a page of the team has no Snel weg, but the numbers stand there too.
    """
    tree = parse(html)
    _check_head(tree)
    _check_headings(tree)
    _check_ids(tree)
    _check_fields(tree)
    _check_nothing_inline(tree)
    _check_help(tree, team=team)
    return tree


def parse(html: str) -> Element:
    """Return the tree of a page. Raises AssertionError on anything a validator would call an error."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree: Element = parser.parse(html)
    wrong = [(place, code) for place, code, _ in parser.errors if code not in TOLERATED]
    lines = html.splitlines()
    assert not wrong, [(code, lines[place[0] - 1][:200]) for place, code in wrong[:5]]
    return tree


def words(element: Element) -> str:
    """Return the text inside an element, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def panels(element: Element) -> list[str]:
    """Return which panels of help stand on a page, in their order; what waits in a template does not count."""
    own = [element.get("data-crisis", "")] if element.get("data-crisis") in ("crisis", "steun", "naaste") else []
    inside = [kind for child in element if child.tag != "template" for kind in panels(child)]
    return own + inside


def _check_head(tree: Element) -> None:
    assert tree.get("lang") in LANGUAGES, "lang is missing on html"
    titles = [words(title) for title in tree.iter("title")]
    assert len(titles) == 1, titles
    assert re.sub(r"^(Fout|Error): ", "", titles[0]) in TITLES, f"{titles[0]!r} is not on the closed list"


def _check_headings(tree: Element) -> None:
    assert len(list(tree.iter("h1"))) == 1, [words(h) for h in tree.iter("h1")]
    mains = list(tree.iter("main"))
    assert len(mains) == 1
    assert list(mains[0].iter("h1")), "the h1 stands outside main"
    assert words(next(tree.iter("h1")))


def _check_ids(tree: Element) -> None:
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    assert not [name for name, times in ids.items() if times > 1], f"twice on one page: {ids.most_common(3)}"
    for name in ("for", "aria-describedby", "aria-labelledby"):
        for element in tree.iter():
            for target in (element.get(name) or "").split():
                assert target in ids, f"{name}={target!r} points nowhere"


def _check_fields(tree: Element) -> None:
    labelled = {label.get("for") for label in tree.iter("label")}
    inside = {id(field) for label in tree.iter("label") for field in label.iter()}
    for field in _fields(tree):
        named = field.get("id") in labelled or id(field) in inside or field.get("aria-label")
        assert named or field.get("aria-labelledby"), f"no label: {dict(field.attrib)}"
        assert not field.get("placeholder"), "placeholders disappear while one types"


def _fields(tree: Element) -> Iterator[Element]:
    for name in FIELDS:
        for field in tree.iter(name):
            if field.get("type") not in UNSEEN:
                yield field


def _check_nothing_inline(tree: Element) -> None:
    for element in tree.iter():
        handlers = [name for name in element.attrib if name.startswith("on")]
        assert not handlers, f"inline handler on {element.tag}: {handlers}"
        assert element.get("style") is None, f"inline style on {element.tag}"
    assert not list(tree.iter("style")), "style element"
    assert all(script.get("src") for script in tree.iter("script")), "inline script"


def _check_help(tree: Element, *, team: bool) -> None:
    body = words(next(tree.iter("body")))
    for number in ("112", "0800-0113"):
        assert number in body, f"{number} is missing"
    if not team:
        links = [link.get("href", "") for link in tree.iter("a")]
        assert links, "no links"
        assert links[0].endswith("/weg"), "the first tab stop is not Snel weg"
        assert any(link.endswith("/nood") for link in links), "no link to Hulp nu"
