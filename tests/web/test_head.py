"""Whoever only asks whether a page is there, as monitors do, hears what a reader would, without the page."""

import httpx
import pytest

from server.kit.runtime import Runtime
from tests.serving import served


@pytest.mark.parametrize("path", ["/", "/tips", "/nood", "/groepen", "/bestaat-niet"])
async def test_the_head_of_a_page_is_that_of_the_page(rt: Runtime, path: str) -> None:
    async with served(rt) as door, httpx.AsyncClient(base_url=f"http://127.0.0.1:{door.port}") as client:
        headers = {"Host": door.origin.removeprefix("http://")}
        page, head = await client.get(path, headers=headers), await client.head(path, headers=headers)
    assert (head.status_code, head.headers["content-type"]) == (page.status_code, page.headers.get("content-type"))
    assert head.content == b""
