"""The whole product in a real browser, against a real server process."""

import pytest

for _part in (
    "album",
    "appointment",
    "beginning",
    "figures",
    "forum",
    "group",
    "house",
    "leaving",
    "neutral",
    "person",
    "talk",
):
    pytest.register_assert_rewrite(f"tests.browser.{_part}")
