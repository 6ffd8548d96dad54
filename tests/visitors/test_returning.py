"""Coming back with six words: the only way, forgiving of slips, silent about why it fails."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from server.kit.clock import FixedClock, local_day
from server.kit.errors import TooMany
from server.kit.proof_of_work import ProofMissing, ProofUsed, solve
from server.kit.runtime import Runtime
from server.kit.words import word_list
from server.visitors import returning, service
from server.visitors.models import ReturnPhrase
from server.visitors.return_phrase import Typed, quarter, read
from server.visitors.returning import COMPUTING, Busy, PhraseUnknown, return_with_phrase
from server.visitors.visit import Visit


def clock_of(rt: Runtime) -> FixedClock:
    """Return the clock of the tests."""
    assert isinstance(rt.clock, FixedClock)
    return rt.clock


def typed(words: list[str]) -> Typed:
    """Return words as somebody typed them."""
    return read(" ".join(words), word_list())


async def come_back(rt: Runtime, words: list[str], here: Visit | None = None) -> tuple[str, Visit]:
    """Do the work and come back."""
    challenge = await returning.challenge(rt)
    return await return_with_phrase(rt, typed(words), challenge, solve(challenge), here=here)


async def phrases(rt: Runtime) -> list[ReturnPhrase]:
    """Return all rows."""
    async with rt.stores.hoofd.reading() as tx:
        return list((await tx.exec(select(ReturnPhrase))).all())


async def test_merel_comes_back_as_herself(rt: Runtime) -> None:
    """Same name, same author keys, another token."""
    token, merel = await service.begin(rt, "Stille Wulp")
    words = await returning.make_phrase(rt, merel)
    await service.end(rt, merel)
    clock_of(rt).advance(timedelta(days=7))
    again_token, again = await come_back(rt, words)
    assert again_token != token
    assert again.ref != merel.ref
    assert again.nickname == "Stille Wulp"
    assert again.author_key("forum") == merel.author_key("forum")


async def test_six_words_are_drawn_from_the_list(rt: Runtime) -> None:
    """Never fewer: the pepper may leak one day (privacy 2.8)."""
    _, merel = await service.begin(rt, "Stille Wulp")
    words = await returning.make_phrase(rt, merel)
    assert len(words) == 6
    assert all(word in word_list() for word in words)


async def test_row_holds_what_the_specification_allows_and_no_more(rt: Runtime) -> None:
    """Id, lookup, vault, version, quarter; no name and no day."""
    _, merel = await service.begin(rt, "Stille Wulp")
    words = await returning.make_phrase(rt, merel)
    (row,) = await phrases(rt)
    assert set(ReturnPhrase.model_fields) == {"id", "lookup", "vault", "version", "last_quarter"}
    raw = row.lookup + row.vault
    assert not [part for part in ("Wulp", *words) if part.encode() in raw]
    assert row.last_quarter == quarter(date(2026, 11, 24))


async def test_returning_twice_gives_two_visits_of_one_person(rt: Runtime) -> None:
    """On two devices; both may be here."""
    _, merel = await service.begin(rt, "Stille Wulp")
    words = await returning.make_phrase(rt, merel)
    (first, _), (second, _) = await come_back(rt, words), await come_back(rt, words)
    assert first != second
    assert await service.load(rt, first) is not None


async def test_returning_while_here_ends_the_visit_there_was(rt: Runtime) -> None:
    """A new token after every return (privacy 2.2)."""
    _, merel = await service.begin(rt, "Stille Wulp")
    words = await returning.make_phrase(rt, merel)
    daan_token, daan = await service.begin(rt, "Kalme Otter")
    await come_back(rt, words, here=daan)
    assert await service.load(rt, daan_token) is None


async def test_new_words_replace_the_old(rt: Runtime) -> None:
    """One row per person at a time."""
    token, merel = await service.begin(rt, "Stille Wulp")
    old = await returning.make_phrase(rt, merel)
    merel = await there(rt, token)
    new = await returning.make_phrase(rt, merel)
    assert len(await phrases(rt)) == 1
    with pytest.raises(PhraseUnknown):
        await come_back(rt, old)
    assert (await come_back(rt, new))[1].nickname == "Stille Wulp"


async def test_returned_visit_can_replace_its_words(rt: Runtime) -> None:
    """It knows its own row."""
    _, merel = await service.begin(rt, "Stille Wulp")
    _, again = await come_back(rt, await returning.make_phrase(rt, merel))
    await returning.make_phrase(rt, again)
    assert len(await phrases(rt)) == 1


async def test_every_failure_gives_one_answer(rt: Runtime) -> None:
    """Words nobody has, words outside the list, too few, an ended phrase: one code, status and text."""
    _, merel = await service.begin(rt, "Stille Wulp")
    ended = await returning.make_phrase(rt, merel)
    clock_of(rt).advance(timedelta(days=500))
    answers = set()
    for words in (word_list().draw(6), ["xxxxxxxxx"] * 6, word_list().draw(5), ended, []):
        with pytest.raises(PhraseUnknown) as refused:
            await come_back(rt, words)
        answers.add((refused.value.code, refused.value.status, refused.value.key, refused.value.field))
    assert answers == {("zin_onbekend", 422, "err.code", "woorden")}


async def test_no_work_no_attempt(rt: Runtime) -> None:
    """And solved work serves once, wrong words included."""
    with pytest.raises(ProofMissing):
        await return_with_phrase(rt, typed(word_list().draw(6)), "", "")
    challenge = await returning.challenge(rt)
    with pytest.raises(PhraseUnknown):
        await return_with_phrase(rt, typed(word_list().draw(6)), challenge, solve(challenge))
    with pytest.raises(ProofUsed):
        await return_with_phrase(rt, typed(word_list().draw(6)), challenge, solve(challenge))


async def test_words_outside_the_list_cost_no_work(rt: Runtime) -> None:
    """They are refused before anything is computed or spent (privacy 2.7)."""
    challenge = await returning.challenge(rt)
    with pytest.raises(PhraseUnknown):
        await return_with_phrase(rt, typed(["xxxxxxxxx"] * 6), challenge, solve(challenge))
    with pytest.raises(PhraseUnknown):
        await return_with_phrase(rt, typed(word_list().draw(6)), challenge, solve(challenge))


async def test_attempts_make_the_work_harder(rt: Runtime) -> None:
    """For everybody, a bit per twenty; nobody is locked out."""
    before = int((await returning.challenge(rt)).split(".")[1])
    for _ in range(20):
        with pytest.raises(PhraseUnknown):
            await come_back(rt, word_list().draw(6))
    assert int((await returning.challenge(rt)).split(".")[1]) == before + 1


async def test_guessing_from_within_a_visit_is_limited(rt: Runtime) -> None:
    """Five in ten minutes."""
    _, daan = await service.begin(rt, "Kalme Otter")
    for _ in range(5):
        with pytest.raises(PhraseUnknown):
            await come_back(rt, word_list().draw(6), here=daan)
    with pytest.raises(TooMany):
        await come_back(rt, word_list().draw(6), here=daan)


async def test_full_queue_says_so(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once and fifty waiting; the next hears "even geduld"."""
    _, merel = await service.begin(rt, "Stille Wulp")
    monkeypatch.setattr(COMPUTING, "_waiting", 52)
    with pytest.raises(Busy):
        await returning.make_phrase(rt, merel)


async def test_old_version_opens_and_is_brought_up_to_date(rt: Runtime) -> None:
    """After new keys: found under the version before, then written under the present one."""
    _, merel = await service.begin(rt, "Stille Wulp")
    words = await returning.make_phrase(rt, merel)
    before = (await phrases(rt))[0].version
    rt.keyring.rotate("site")
    rt.keyring.rotate("pepper")
    assert (await come_back(rt, words))[1].nickname == "Stille Wulp"
    assert (await phrases(rt))[0].version != before
    assert (await come_back(rt, words))[1].nickname == "Stille Wulp"


async def test_newcomer_of_last_week_grows_up_after_five_messages(rt: Runtime) -> None:
    """The vault remembers since which day a name is known."""
    token, merel = await service.begin(rt, "Stille Wulp")
    for _ in range(5):
        await service.note_said(rt, merel, "T1/open_groep", most=2)
    words = await returning.make_phrase(rt, await there(rt, token))
    clock_of(rt).advance(timedelta(hours=20))
    assert (await come_back(rt, words))[1].newcomer(rt.clock.now())
    clock_of(rt).advance(timedelta(days=2))
    assert not (await come_back(rt, words))[1].newcomer(rt.clock.now())


async def test_unused_phrases_end_and_used_ones_stay(rt: Runtime) -> None:
    """Four quarters; the nightly job deletes them."""
    _, merel = await service.begin(rt, "Stille Wulp")
    words = await returning.make_phrase(rt, merel)
    await returning.make_phrase(rt, (await service.begin(rt, "Kalme Otter"))[1])
    clock_of(rt).advance(timedelta(days=300))
    await come_back(rt, words)
    clock_of(rt).advance(timedelta(days=200))
    await returning.forget_phrases(rt, rt.clock.now())
    (row,) = await phrases(rt)
    assert row.last_quarter == quarter(local_day(rt.clock.now() - timedelta(days=200)))


async def there(rt: Runtime, token: str) -> Visit:
    """Return a visit that must be there."""
    found = await service.load(rt, token)
    assert found is not None
    return found
