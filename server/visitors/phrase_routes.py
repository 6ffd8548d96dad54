"""The return phrase: offered, shown once, and typed in to come back (ux-spec 4.2, privacy 2.6-2.10)."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from server.kit.errors import AppError, Invalid
from server.kit.forms import Form, fields
from server.kit.guards import anyone
from server.kit.proof_of_work import WAIT, ProofMissing, issue_wait
from server.kit.runtime import Runtime, runtime
from server.kit.words import word_list
from server.visitors import returning
from server.visitors.answers import see, shown
from server.visitors.guards import give_cookie, maybe_visitor, visitor
from server.visitors.return_phrase import Typed, read
from server.visitors.visit import Visit
from web import page

ROUTER: Final = APIRouter()

Rt = Annotated[Runtime, Depends(runtime)]
Anyone = Annotated[None, Depends(anyone)]
Visiting = Annotated[Visit, Depends(visitor)]
MaybeVisiting = Annotated[Visit | None, Depends(maybe_visitor)]


@ROUTER.get("/terugkeerzin")
async def offer(request: Request, visit: Visiting) -> Response:
    """Ask whether somebody wants to be able to come back, and whether others look along on this device."""
    return _offer_page(request, visit)


@ROUTER.post("/terugkeerzin")
async def make(
    request: Request, rt: Rt, visit: Visiting, form: Annotated[Form, Depends(fields("meekijken", "vorige"))]
) -> Response:
    """Make the words and show them, here and never again: the answer to the form is the only place they can stand.

    A form that was sent before leads back: reloading the page must not replace words already written down.
    """
    if form["meekijken"] not in ("ja", "nee"):
        return _offer_page(request, visit, Invalid(key="err.choose", field="meekijken"))
    if form["vorige"] != _present(visit):
        return see(request, "/terugkeerzin")
    try:
        words = await returning.make_phrase(rt, visit)
    except AppError as error:
        return _offer_page(request, visit, error)
    return page(request, "visitors/phrase.html", {"words": words, "watched": form["meekijken"] == "ja"})


@ROUTER.get("/terugkomen")
async def ask_words(request: Request, rt: Rt, visit: MaybeVisiting) -> Response:
    """Ask for the six words. The browser works on its proof while somebody types."""
    return await _return_page(request, rt, read("", word_list()))


@ROUTER.get("/terugkomen/bewijs")
async def fresh_proof(rt: Rt, _: Anyone) -> Response:
    """Give a script new work when the page stood open longer than its work is good for."""
    return JSONResponse({"bewijs": await returning.challenge(rt)})


@ROUTER.post("/terugkomen")
async def take_words(
    request: Request,
    rt: Rt,
    visit: MaybeVisiting,
    form: Annotated[Form, Depends(fields("woorden", "bewijs", "antwoord"))],
) -> Response:
    """Begin a visit as who made these words; one slip per word is put right and shown."""
    typed = read(form["woorden"][:200], word_list())
    try:
        token, begun = await returning.return_with_phrase(rt, typed, form["bewijs"], form["antwoord"], here=visit)
    except ProofMissing as missing:
        return _wait_page(request, rt, typed, form["bewijs"], missing)
    except AppError as error:
        return await _return_page(request, rt, typed, error)
    answer = _welcome(request, typed, begun)
    give_cookie(answer, rt, token)
    return answer


def _present(visit: Visit) -> str:
    """Return a mark of the phrase a visit has now, which says nothing outside this visit."""
    return visit.author_key(f"zin/{visit.phrase_id}")[:16]


def _welcome(request: Request, typed: Typed, visit: Visit) -> Response:
    """Go to the own place; or first show which words were put right, so that the paper can be put right too."""
    if not typed.corrected:
        return see(request, "/mijn")
    return page(request, "visitors/welcome.html", {"nickname": visit.nickname, "corrected": typed.corrected})


def _offer_page(request: Request, visit: Visit, error: AppError | None = None) -> Response:
    context = {"has_phrase": bool(visit.phrase_id), "present": _present(visit), "errors": shown(request, error)}
    return page(request, "visitors/phrase_offer.html", context, status=error.status if error else 200)


async def _return_page(request: Request, rt: Runtime, typed: Typed, error: AppError | None = None) -> Response:
    context = {
        "typed": " ".join(typed.words),
        "corrected": typed.corrected,
        "unknown": typed.unknown,
        "count": len(typed.words),
        "proof": await returning.challenge(rt),
        "errors": shown(request, error),
    }
    return page(request, "visitors/return.html", context, status=error.status if error else 200)


def _wait_page(request: Request, rt: Runtime, typed: Typed, sent: str, missing: ProofMissing) -> Response:
    """Let a browser without script wait half a minute instead of computing; too early shows the same page again."""
    proof = sent if missing.seconds else issue_wait(rt.keyring, returning.PURPOSE, rt.clock.now())
    seconds = missing.seconds or int(WAIT.total_seconds())
    context = {"typed": typed.phrase, "corrected": typed.corrected, "proof": proof, "seconds": seconds}
    return page(request, "visitors/wait.html", context)
