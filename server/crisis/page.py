"""/nood as one file: made when the process starts, sent from memory, also usable by a proxy when all else is down."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

import web.environment
from web.frame import LANGUAGES, Frame, Site
from web.help_lines import help_lines

MAX_BYTES = 30 * 1024
WEB = Path(web.environment.__file__).parent
_INLINE = {"style": r"<style>(.*?)</style>", "script": r"<script>(.*?)</script>"}


class TooLarge(ValueError):
    """The crisis page must arrive on the worst connection: 30 KiB at most."""


@cache
def page(lang: str = LANGUAGES[0], site: Site | None = None) -> bytes:
    """Return the whole page in one language, without anything it would have to fetch. Raises TooLarge."""
    context = {
        "lines": list(help_lines().values()),
        "style": Markup(_source("static/css/tokens.css") + _source("templates/crisis/nood.css")),  # noqa: S704  # our files
        "script": Markup(_source("templates/crisis/nood.js")),  # noqa: S704  # our file
        "checked_on": min(line.checked_on for line in help_lines().values()),
    }
    made = web.environment.render("crisis/nood.html", context, Frame(lang=lang, path="/nood", site=site or Site()))
    if len(made.encode()) > MAX_BYTES:
        raise TooLarge(f"/nood is {len(made.encode())} bytes")
    return made.encode()


@cache
def policy(lang: str = LANGUAGES[0], site: Site | None = None) -> str:
    """Return its Content-Security-Policy: only the style and script that stand in it, known by their hash."""
    text = page(lang, site).decode()
    hashes = {
        kind: _hash(found[1]) for kind, pattern in _INLINE.items() if (found := re.search(pattern, text, re.DOTALL))
    }
    return (
        f"default-src 'none'; style-src {hashes['style']}; script-src {hashes['script']}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _source(name: str) -> str:
    """Return one of our own files without comments and spare white space."""
    text = re.sub(r"/\*.*?\*/", "", (WEB / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
