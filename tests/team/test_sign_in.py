"""Coming in: password, second factor, waits, and what a login may not survive."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from server.kit.errors import NotFound, TooMany
from server.kit.runtime import Runtime
from server.team import attempts, demo, logins, service
from server.team.logins import Login
from server.team.models import Account, LoginRow
from server.team.permissions import Role
from server.team.service import Proof
from tests.team.cast import PASSWORD, Member, clock_of, join

HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture
async def noor(rt: Runtime) -> Member:
    member = await join(rt, "Noor")
    clock_of(rt).advance(2 * HALF_MINUTE)  # the code of the invitation is used
    return member


async def enter(rt: Runtime, member: Member) -> str:
    halfway = await service.sign_in(rt, member.name, PASSWORD)
    return await service.confirm(rt, halfway, Proof(member.code()))


async def here(rt: Runtime, token: str) -> Login:
    found = await logins.load(rt, token)
    assert found is not None
    return found


async def test_password_and_code_open_a_login(rt: Runtime, noor: Member) -> None:
    login = await here(rt, await enter(rt, noor))
    assert (login.name, login.role, login.demo) == ("Noor", Role.MODERATOR, False)
    assert login.fresh(rt.clock.now())


async def test_name_is_forgiving_about_capitals_and_spaces(rt: Runtime, noor: Member) -> None:
    assert await service.sign_in(rt, "  nOOr ", PASSWORD)


@pytest.mark.parametrize(("name", "password"), [("Noor", PASSWORD + "!"), ("Niemand", PASSWORD), ("Noor", "")])
async def test_wrong_name_and_wrong_password_are_one_answer(
    rt: Runtime, noor: Member, name: str, password: str
) -> None:
    with pytest.raises(service.WrongPassword):
        await service.sign_in(rt, name, password)


async def test_password_alone_opens_nothing(rt: Runtime, noor: Member) -> None:
    halfway = await service.sign_in(rt, "Noor", PASSWORD)
    assert await logins.load(rt, halfway) is None


async def test_halfway_lasts_five_minutes(rt: Runtime, noor: Member) -> None:
    halfway = await service.sign_in(rt, "Noor", PASSWORD)
    clock_of(rt).advance(timedelta(minutes=5))
    with pytest.raises(service.StartAgain):
        await service.confirm(rt, halfway, Proof(noor.code()))


async def test_real_login_is_no_halfway_one(rt: Runtime, noor: Member) -> None:
    token = await enter(rt, noor)
    clock_of(rt).advance(HALF_MINUTE)
    with pytest.raises(service.StartAgain):
        await service.confirm(rt, token, Proof(noor.code()))


async def test_token_is_new_after_the_second_factor(rt: Runtime, noor: Member) -> None:
    halfway = await service.sign_in(rt, "Noor", PASSWORD)
    token = await service.confirm(rt, halfway, Proof(noor.code()))
    assert token != halfway
    with pytest.raises(service.StartAgain):
        await service.confirm(rt, halfway, Proof(noor.code()))


async def test_code_works_once(rt: Runtime, noor: Member) -> None:
    await enter(rt, noor)
    halfway = await service.sign_in(rt, "Noor", PASSWORD)
    with pytest.raises(service.WrongCode):
        await service.confirm(rt, halfway, Proof(noor.code()))


async def test_same_code_twice_at_once_opens_one_login(rt: Runtime, noor: Member) -> None:
    halfway = [await service.sign_in(rt, "Noor", PASSWORD) for _ in range(2)]
    results = await asyncio.gather(
        *(service.confirm(rt, token, Proof(noor.code())) for token in halfway), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) in (["WrongCode", "str"], ["StartAgain", "str"])


async def test_recovery_code_works_once(rt: Runtime, noor: Member) -> None:
    code = noor.recovery[3].lower()
    token = await service.confirm(rt, await service.sign_in(rt, "Noor", PASSWORD), Proof(code))
    assert await here(rt, token)
    with pytest.raises(service.WrongCode):
        await service.confirm(rt, await service.sign_in(rt, "Noor", PASSWORD), Proof(code))


async def test_recovery_code_of_somebody_else_does_not_work(rt: Runtime, noor: Member) -> None:
    bram = await join(rt, "Bram")
    with pytest.raises(service.WrongCode):
        await service.confirm(rt, await service.sign_in(rt, "Noor", PASSWORD), Proof(bram.recovery[0]))


async def test_one_login_per_account(rt: Runtime, noor: Member) -> None:
    first = await enter(rt, noor)
    clock_of(rt).advance(HALF_MINUTE)
    second = await enter(rt, noor)
    assert await logins.load(rt, first) is None
    assert await logins.load(rt, second)


async def test_login_ends_when_idle_and_stays_while_used(rt: Runtime, noor: Member) -> None:
    token = await enter(rt, noor)
    for _ in range(3):
        clock_of(rt).advance(timedelta(minutes=29))
        assert await logins.load(rt, token)
    clock_of(rt).advance(timedelta(minutes=30))
    assert await logins.load(rt, token) is None


async def test_login_ends_after_ten_hours_of_work_and_step_ups(rt: Runtime, noor: Member) -> None:
    token = await enter(rt, noor)
    for _ in range(23):
        clock_of(rt).advance(timedelta(minutes=25))
        token = await service.step_up(rt, await here(rt, token), Proof(noor.code()))
    clock_of(rt).advance(timedelta(minutes=25))
    assert await logins.load(rt, token) is None


async def test_step_up_makes_fresh_and_changes_the_token(rt: Runtime, noor: Member) -> None:
    token = await enter(rt, noor)
    clock_of(rt).advance(timedelta(minutes=6))
    login = await here(rt, token)
    assert not login.fresh(rt.clock.now())
    renewed = await here(rt, await service.step_up(rt, login, Proof(noor.code())))
    assert renewed.fresh(rt.clock.now())
    assert (renewed.id, renewed.csrf) == (login.id, login.csrf)  # other tabs go on
    assert await logins.is_open(rt, login.id)
    assert await logins.load(rt, token) is None


async def test_open_connections_hear_that_a_login_ended(rt: Runtime, noor: Member) -> None:
    token = await enter(rt, noor)
    login = await here(rt, token)
    heard: list[bytes] = []

    def listen(topic: str, payload: bytes) -> None:
        heard.append(payload)

    rt.bus.subscribe(f"p:team-{login.account_id}", listen)
    await service.log_out(rt, token, login)
    rt.bus.unsubscribe(f"p:team-{login.account_id}", listen)
    assert heard == [b"ended"]
    assert not await logins.is_open(rt, login.id)


async def test_wrong_passwords_wait_longer_and_longer_but_never_lock(rt: Runtime, noor: Member) -> None:
    for _ in range(5):
        with pytest.raises(service.WrongPassword):
            await service.sign_in(rt, "Noor", "nee")
    with pytest.raises(attempts.WaitFirst) as refused:
        await service.sign_in(rt, "Noor", PASSWORD)
    assert 1000 < (refused.value.retry_ms or 0) <= 6000
    clock_of(rt).advance(timedelta(seconds=6))
    for _ in range(20):
        with pytest.raises(service.WrongPassword):
            await service.sign_in(rt, "Noor", "nee")
        clock_of(rt).advance(timedelta(seconds=60))
    assert await service.sign_in(rt, "Noor", PASSWORD)
    with pytest.raises(service.WrongPassword):  # the count begins anew
        await service.sign_in(rt, "Noor", "nee")


async def test_unknown_name_waits_as_well(rt: Runtime, noor: Member) -> None:
    for _ in range(5):
        with pytest.raises(service.WrongPassword):
            await service.sign_in(rt, "Niemand", "nee")
    with pytest.raises(TooMany):
        await service.sign_in(rt, "Niemand", "nee")
    assert await service.sign_in(rt, "Noor", PASSWORD)


async def test_many_guesses_at_once_are_no_way_round_the_wait(rt: Runtime, noor: Member) -> None:
    guesses = (service.sign_in(rt, "Noor", f"nee {n}") for n in range(12))
    results = await asyncio.gather(*guesses, return_exceptions=True)
    looked_at = [result for result in results if isinstance(result, service.WrongPassword)]
    assert len(looked_at) <= 5
    assert all(isinstance(result, service.WrongPassword | attempts.WaitFirst) for result in results)


async def test_codes_wait_too(rt: Runtime, noor: Member) -> None:
    halfway = await service.sign_in(rt, "Noor", PASSWORD)
    for _ in range(5):
        with pytest.raises(service.WrongCode):
            await service.confirm(rt, halfway, Proof("000000"))
    with pytest.raises(attempts.WaitFirst):
        await service.confirm(rt, halfway, Proof(noor.code()))


async def test_stores_hold_neither_token_nor_password_nor_secret(rt: Runtime, noor: Member) -> None:
    token = await enter(rt, noor)
    async with rt.stores.hoofd.reading() as tx:
        account = (await tx.exec(select(Account))).one()
        row = (await tx.exec(select(LoginRow))).one()
    kept = repr((account, row))
    assert token not in kept
    assert PASSWORD not in kept
    assert noor.secret not in kept


async def test_logging_out_ends_the_login(rt: Runtime, noor: Member) -> None:
    token = await enter(rt, noor)
    await service.log_out(rt, token, await here(rt, token))
    assert await logins.load(rt, token) is None


async def test_token_survives_a_new_key(rt: Runtime, noor: Member) -> None:
    token = await enter(rt, noor)
    rt.keyring.rotate("sess")
    assert await logins.load(rt, token)


@pytest.mark.parametrize("token", [None, "", "x", "x" * 43, "x" * 10_000, "é" * 43])
async def test_other_texts_are_no_token(rt: Runtime, token: str | None) -> None:
    assert await logins.load(rt, token) is None


async def test_one_press_works_in_demo_mode_only(rt: Runtime) -> None:
    await demo.seed(rt, rt.clock.now())
    with pytest.raises(NotFound):
        await service.demo_sign_in(rt, demo.CAST[0].id)


async def test_demo_account_has_no_password(rt: Runtime) -> None:
    await demo.seed(rt, rt.clock.now())
    with pytest.raises(service.WrongPassword):
        await service.sign_in(rt, "Sam", "")


async def test_ended_logins_are_removed(rt: Runtime, noor: Member) -> None:
    await enter(rt, noor)
    clock_of(rt).advance(timedelta(minutes=31))
    await service.forget(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        assert not (await tx.exec(select(LoginRow))).all()
