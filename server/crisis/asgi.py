"""The way in to /nood: before every middleware, from memory, whatever else is broken (README D13)."""

from starlette.types import Receive, Scope, Send

from server.crisis.page import page, policy
from web.frame import LANGUAGES, Site, split_language
from web.headers import HSTS, PERMISSIONS


class CrisisPage:
    """ASGI application that answers /nood and /en/nood. site: name and neutral site of this installation."""

    def __init__(self, site: Site | None = None) -> None:
        """Make the page in every language now, so that a fault shows when the server starts."""
        self._secure = site is not None and site.public_url.startswith("https://")
        self._answers = {lang: (page(lang, site), policy(lang, site)) for lang in LANGUAGES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the body is left out for HEAD."""
        body, security = self._answers[split_language(scope["path"])[0]]
        headers = {
            "content-type": "text/html; charset=utf-8",
            "content-length": str(len(body)),
            "cache-control": "no-store",
            "content-security-policy": security,
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": PERMISSIONS,
        }
        if self._secure:
            headers["strict-transport-security"] = HSTS
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


nood = CrisisPage()
