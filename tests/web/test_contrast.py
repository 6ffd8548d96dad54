"""The colour table of ux-spec 2.1, recomputed from the token file with the formula of WCAG 2."""

import re
from pathlib import Path

import pytest

import web

TOKENS = (Path(web.__file__).parent / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
LIGHT, DARK = 0, 1

# foreground, background, light, dark
TABLE = [
    ("ink", "bg", 14.95, 14.55),
    ("ink", "surface", 15.86, 12.89),
    ("ink", "sunken", 13.57, 15.37),
    ("ink-2", "bg", 7.33, 8.73),
    ("ink-2", "sunken", 6.66, 9.22),
    ("ink-2", "bubble-me", 6.25, 5.66),
    ("line", "bg", 1.45, 1.73),
    ("control", "bg", 4.90, 5.61),
    ("control", "sunken", 4.45, 5.92),
    ("on-primary", "primary", 7.48, 8.89),
    ("primary", "bg", 7.05, 10.16),
    ("on-primary", "primary-hover", 10.08, 10.65),
    ("ink", "primary-soft", 13.09, 10.24),
    ("primary", "primary-soft", 6.17, 7.15),
    ("link", "bg", 7.66, 10.09),
    ("visited", "bg", 8.12, 9.38),
    ("ink", "info-soft", 13.05, 11.38),
    ("ink", "warn-soft", 14.10, 11.10),
    ("warn-ink", "warn-soft", 7.39, 9.47),
    ("danger", "bg", 7.23, 9.01),
    ("danger", "danger-soft", 6.35, 7.42),
    ("ink", "danger-soft", 13.13, 11.99),
    ("success", "success-soft", 6.07, 8.07),
    ("ink", "bubble-me", 12.74, 9.42),
    ("ink", "bubble-other", 15.86, 11.46),
    ("ink", "bubble-team", 13.37, 11.02),
    ("on-koolzaad", "koolzaad", 9.47, 11.00),
    ("on-exit", "exit", 15.86, 14.55),
    ("focus", "bg", 16.71, 13.53),
]
SOFT = ("primary-soft", "info-soft", "warn-soft", "danger-soft", "success-soft")
BUBBLES = ("bubble-me", "bubble-other", "bubble-team")


def colours(theme: int) -> dict[str, str]:
    """Return every six-digit colour by token name, the dark ones laid over the light."""
    light, dark = TOKENS.split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z0-9-]+): (#[0-9A-F]{6});", light))
    return found | dict(re.findall(r"--([a-z0-9-]+): (#[0-9A-F]{6});", dark)) if theme == DARK else found


def luminance(colour: str) -> float:
    """Return the relative luminance of #RRGGBB, 0–1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1–21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("front", "back", "light", "dark"), TABLE)
def test_table_holds(front: str, back: str, light: float, dark: float) -> None:
    for theme, wanted in ((LIGHT, light), (DARK, dark)):
        found = colours(theme)
        assert contrast(found[front], found[back]) == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_links_stay_readable_on_every_soft_panel_and_bubble(theme: int) -> None:
    found = colours(theme)
    lowest = min(contrast(found[link], found[back]) for link in ("link", "visited") for back in (*SOFT, *BUBBLES))
    assert lowest >= 4.5


@pytest.mark.parametrize(("theme", "wanted"), [(LIGHT, 3.0), (DARK, 4.5)])
def test_chart_colours_stand_out(theme: int, wanted: float) -> None:
    found = colours(theme)
    assert min(contrast(found[f"chart-{n}"], found["surface"]) for n in range(1, 6)) >= wanted


def test_dark_names_every_colour_that_light_names() -> None:
    light, dark = TOKENS.split("@media (prefers-color-scheme: dark)")
    names = [set(re.findall(r"--([a-z0-9-]+): #", part)) for part in (light, dark)]
    assert names[LIGHT] == names[DARK]
