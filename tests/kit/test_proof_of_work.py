"""Work that is asked once, for one thing, for a short time (privacy 2.10)."""

from datetime import timedelta

import pytest

from server.kit.clock import FixedClock
from server.kit.proof_of_work import (
    AfsprakenProof,
    ProofMissing,
    ProofUsed,
    ProofWrong,
    attempts,
    check,
    forget,
    issue,
    issue_wait,
    redeem,
    solve,
)
from server.kit.runtime import Runtime

BITS = 6


def clock_of(rt: Runtime) -> FixedClock:
    """Return the clock of the tests."""
    assert isinstance(rt.clock, FixedClock)
    return rt.clock


async def take(rt: Runtime, challenge: str, solution: str, purpose: str = "terugkeer") -> None:
    """Redeem in a transaction of its own."""
    async with rt.stores.vluchtig.transaction() as tx:
        await redeem(tx, rt.keyring, purpose, challenge, solution, rt.clock.now())


async def test_solved_challenge_is_taken(rt: Runtime) -> None:
    """The happy path, and the work is really there."""
    challenge = issue(rt.keyring, "terugkeer", rt.clock.now(), bits=BITS)
    await take(rt, challenge, solve(challenge))
    async with rt.stores.vluchtig.reading() as tx:
        assert await attempts(tx, "terugkeer", rt.clock.now()) == 1


async def test_challenge_is_taken_once(rt: Runtime) -> None:
    """A solved one cannot be played again."""
    challenge = issue(rt.keyring, "terugkeer", rt.clock.now(), bits=BITS)
    await take(rt, challenge, solve(challenge))
    with pytest.raises(ProofUsed):
        await take(rt, challenge, solve(challenge))


async def test_booking_zone_has_its_own_marks(rt: Runtime) -> None:
    """Each zone writes in its own store."""
    challenge = issue(rt.keyring, "boeking", rt.clock.now(), bits=BITS)
    async with rt.stores.afspraken.transaction() as tx:
        await redeem(tx, rt.keyring, "boeking", challenge, solve(challenge), rt.clock.now(), table=AfsprakenProof)
    with pytest.raises(ProofUsed):
        async with rt.stores.afspraken.transaction() as tx:
            await redeem(tx, rt.keyring, "boeking", challenge, solve(challenge), rt.clock.now(), table=AfsprakenProof)


async def test_other_purpose_is_refused(rt: Runtime) -> None:
    """Work for a report does not open a return."""
    challenge = issue(rt.keyring, "melding", rt.clock.now(), bits=BITS)
    with pytest.raises(ProofWrong):
        await take(rt, challenge, solve(challenge))


@pytest.mark.parametrize("part", range(5))
async def test_no_field_can_be_changed(rt: Runtime, part: int) -> None:
    """Nonce, bits, opening, expiry and mac hang together; neither can parts of two challenges be joined."""
    first, second = (
        issue(rt.keyring, "terugkeer", rt.clock.now() + timedelta(seconds=n), bits=BITS + n) for n in (0, 1)
    )
    mixed = first.split(".")
    mixed[part] = second.split(".")[part]
    with pytest.raises(ProofWrong):
        check(rt.keyring, "terugkeer", ".".join(mixed), solve(".".join(mixed)), rt.clock.now())


@pytest.mark.parametrize("solution", ["x", "-1", "1" * 13, "1 ", "٣"])
async def test_answer_must_be_a_number_that_solves_it(rt: Runtime, solution: str) -> None:
    """Anything else is wrong work."""
    challenge = issue(rt.keyring, "terugkeer", rt.clock.now(), bits=22)
    with pytest.raises(ProofWrong):
        check(rt.keyring, "terugkeer", challenge, solution, rt.clock.now())


async def test_late_answer_is_refused(rt: Runtime) -> None:
    """Five minutes, no more."""
    challenge = issue(rt.keyring, "terugkeer", rt.clock.now(), bits=BITS)
    with pytest.raises(ProofWrong):
        check(rt.keyring, "terugkeer", challenge, solve(challenge), rt.clock.now() + timedelta(minutes=5))


async def test_without_script_time_counts_instead(rt: Runtime) -> None:
    """Half a minute; who comes too early hears how long to wait, and the challenge stays good."""
    clock, challenge = clock_of(rt), issue_wait(rt.keyring, "terugkeer", rt.clock.now())
    clock.advance(timedelta(seconds=20))
    with pytest.raises(ProofMissing) as early:
        await take(rt, challenge, "")
    assert 9 <= early.value.seconds <= 11
    clock.advance(timedelta(seconds=11))
    await take(rt, challenge, "")
    with pytest.raises(ProofUsed):
        await take(rt, challenge, "")


@pytest.mark.parametrize(("challenge", "error"), [("", ProofMissing), ("x", ProofWrong), ("1.2.3.4.5", ProofWrong)])
async def test_no_challenge_is_missing_and_nonsense_is_wrong(
    rt: Runtime, challenge: str, error: type[Exception]
) -> None:
    """A form without work gets the waiting page, a broken one does not."""
    with pytest.raises(error):
        check(rt.keyring, "terugkeer", challenge, "", rt.clock.now())


async def test_many_attempts_make_it_harder_up_to_22_bits(rt: Runtime) -> None:
    """Site-wide, and never a lock-out."""
    bits = [
        int(issue(rt.keyring, "terugkeer", rt.clock.now(), attempts=n).split(".")[1]) for n in (0, 19, 20, 60, 9999)
    ]
    assert bits == [17, 17, 18, 20, 22]


async def test_marks_go_when_they_are_of_no_use(rt: Runtime) -> None:
    """Ten minutes after the challenge itself has ended."""
    challenge = issue(rt.keyring, "terugkeer", rt.clock.now(), bits=BITS)
    await take(rt, challenge, solve(challenge))
    for minutes, left in ((14, 1), (15, 0)):
        async with rt.stores.vluchtig.transaction() as tx:
            await forget(tx, rt.clock.now() + timedelta(minutes=minutes))
        async with rt.stores.vluchtig.reading() as tx:
            assert await attempts(tx, "terugkeer", rt.clock.now()) == left
