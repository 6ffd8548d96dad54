"""Collect every sentence that needs translating, and bring the catalogues up to date: python -m web.collect"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po

from web import messages, texts
from web.help_lines import help_lines

ROOT = Path(__file__).parent.parent
GROUPS = (ROOT / "content" / "groepen" / "groepen.toml", ROOT / "content" / "groepen" / "kringen.toml")
GROUP_REASONS = ROOT / "content" / "moderation" / "redenen-groep.toml"
TEAM_FOLDERS = frozenset({"team", "desk", "stats"})
TEAM_KEYS = (
    "team.",
    "cijfers.",
    "balie.",
    "rooster.",
    "kring.team.",
    "kring.stand_team.",
    "kring.verloop.",
    "desk.",
    "mod.fout.",
)
TEAM_FRAGMENT = "_desk_"
TEAM_PAGE = '{% extends "layouts/team.html" %}'


def collect() -> Catalog:
    """Return every sentence that a visitor can meet, with where it stands. The team works in Dutch."""
    found = Catalog(project="Moi", charset="utf-8", fuzzy=False)
    for path in visitors_templates():
        place = path.relative_to(ROOT).as_posix()
        with path.open("rb") as file:
            for line, message, comments, context in extract(
                "jinja2.ext:babel_extract", file, options={"trimmed": "true", "silent": "false"}
            ):
                found.add(message, None, [(place, line)], auto_comments=comments, context=context)
    for help_line in help_lines().values():
        for name in ("name", "question", "action", "times", "cost", "between"):
            if words := getattr(help_line, name):
                found.add(words, None, [("content/hulplijnen.toml", 0)])
    for reason in tomllib.loads(GROUP_REASONS.read_text(encoding="utf-8")).values():
        found.add(reason["tekst"], None, [("content/moderation/redenen-groep.toml", 0)])
    for path in GROUPS:
        for group in tomllib.loads(path.read_text(encoding="utf-8")).values():
            for words in (group["zin"], group["welkom"], *group.get("afspraken", ())):
                found.add(words, None, [(path.relative_to(ROOT).as_posix(), 0)])
    for key, value in texts.texts().items():
        if key.endswith(".other") or key.startswith(TEAM_KEYS):
            continue
        other = texts.texts().get(f"{key.removesuffix('.one')}.other") if key.endswith(".one") else None
        found.add((value, other) if other else value, None, [("content/teksten", 0)], auto_comments=[key])
    return found


def visitors_templates() -> list[Path]:
    """Return the templates of everything but the team's own pages."""
    every = sorted((ROOT / "web" / "templates").rglob("*.html"))
    own = [path for path in every if TEAM_PAGE in path.read_text(encoding="utf-8") or path.parent.name in TEAM_FOLDERS]
    own += [path for path in every if path.name.startswith(TEAM_FRAGMENT)]
    return [path for path in every if path not in own and path.name != "team.html"]


def missing(lang: str) -> list[str]:
    """Return the Dutch sentences that a language still lacks."""
    known = messages.read_catalogue(lang)
    return [_first(m.id) for m in collect() if m.id and not _translated(known, m.id, m.context)]


def _translated(known: Catalog, identifier: str | tuple[str, ...] | list[str], context: str | None) -> bool:
    message = known.get(identifier, context)
    if message is None:
        return False
    forms = message.string
    return bool(forms if isinstance(forms, str) else forms and all(forms))


def _first(identifier: str | tuple[str, ...] | list[str]) -> str:
    return identifier if isinstance(identifier, str) else identifier[0]


def update() -> None:
    """Bring every catalogue up to date with what the pages say; translations are kept, unused sentences go."""
    fresh = collect()
    for lang in messages.TRANSLATED:
        known = messages.read_catalogue(lang)
        known.update(fresh, no_fuzzy_matching=True)
        known.obsolete.clear()
        known.header_comment = f"# The sentences of the pages in {lang}. Brought up to date by: python -m web.collect"
        known.project, known.version, known.last_translator = "Moi", "1", "the editors"
        messages.path_of(lang).parent.mkdir(parents=True, exist_ok=True)
        with messages.path_of(lang).open("wb") as file:
            write_po(file, known, width=120, omit_header=False, no_location=True, sort_output=True)


if __name__ == "__main__":
    update()
    for language in messages.TRANSLATED:
        lacking = missing(language)
        sys.stdout.write(f"{language}: {len(lacking)} sentences without translation\n")
        sys.stdout.writelines(f"  {sentence}\n" for sentence in lacking)
