"""Inviting, accepting, changing and closing accounts."""

from datetime import timedelta

import pytest
from sqlmodel import select

from server.kit.db.sealed import HoofdKey
from server.kit.errors import NotFound
from server.kit.runtime import Runtime
from server.team import accounts, demo, logins, queries, service
from server.team.logins import Login
from server.team.models import Account, AccountRight, Invitation, LoginRow, RecoveryCode
from server.team.passwords import PasswordKnown
from server.team.permissions import Right, Role
from server.team.service import Proof
from tests.team.cast import PASSWORD, clock_of, join

HOST = frozenset({Right.GESPREKSVOERDER})


@pytest.fixture
async def joost(rt: Runtime) -> Login:
    """An administrator who is signed in."""
    (made,) = await demo.sign_in_for_tests(rt, Role.ADMINISTRATOR, 1)
    login = await logins.load(rt, made["cookie"])
    assert login is not None
    return login


async def id_of(rt: Runtime, name: str) -> str:
    async with rt.stores.hoofd.reading() as tx:
        found = await service.by_name(tx, name)
    assert found is not None
    return found.id


async def test_invitation_becomes_an_account(rt: Runtime, joost: Login) -> None:
    token = await accounts.invite(rt, joost, "Sam", Role.PEER_WORKER, HOST)
    guest = await accounts.guest(rt, token)
    assert guest.name == "Sam"
    await join(rt, "Merel", Role.PEER_WORKER, Right.GESPREKSVOERDER)
    async with rt.stores.hoofd.reading() as tx:
        found = await queries.colleague(tx, await id_of(rt, "Merel"))
    assert found is not None
    assert (found.role, found.rights, found.demo) == (Role.PEER_WORKER, HOST, False)


async def test_link_works_once_and_for_a_day(rt: Runtime, joost: Login) -> None:
    token = await accounts.invite(rt, joost, "Sam", Role.PEER_WORKER, frozenset())
    clock_of(rt).advance(timedelta(hours=24))
    with pytest.raises(accounts.InvitationGone):
        await accounts.guest(rt, token)
    with pytest.raises(accounts.InvitationGone):
        await accounts.guest(rt, "nonsense")
    assert await accounts.invite(rt, joost, "Sam", Role.PEER_WORKER, frozenset())


@pytest.mark.parametrize("name", ["Noor", " noor ", "NOOR"])
async def test_name_is_taken_once(rt: Runtime, joost: Login, name: str) -> None:
    await join(rt, "Noor")
    with pytest.raises(accounts.NameTaken):
        await accounts.invite(rt, joost, name, Role.MODERATOR, frozenset())


async def test_name_of_an_open_invitation_is_taken(rt: Runtime, joost: Login) -> None:
    await accounts.invite(rt, joost, "Noor", Role.MODERATOR, frozenset())
    with pytest.raises(accounts.NameTaken):
        await accounts.invite(rt, joost, "noor", Role.MODERATOR, frozenset())


async def test_right_must_fit_the_role(rt: Runtime, joost: Login) -> None:
    with pytest.raises(accounts.RightNotForRole):
        await accounts.invite(rt, joost, "Noor", Role.MODERATOR, HOST)


async def test_weak_password_or_wrong_code_make_no_account(rt: Runtime, joost: Login) -> None:
    token = await accounts.invite(rt, joost, "Sam", Role.PEER_WORKER, frozenset())
    with pytest.raises(PasswordKnown):
        await accounts.accept(rt, token, "wachtwoord12345", "000000")
    with pytest.raises(service.WrongCode):
        await accounts.accept(rt, token, PASSWORD, "000000")
    assert await accounts.guest(rt, token)


async def test_removal_ends_everything_at_once(rt: Runtime, joost: Login) -> None:
    (made,) = await demo.sign_in_for_tests(rt, Role.PEER_WORKER, 1)
    sam = await logins.load(rt, made["cookie"])
    assert sam is not None
    await accounts.remove(rt, joost, sam.account_id)
    assert await logins.load(rt, made["cookie"]) is None
    async with rt.stores.hoofd.reading() as tx:
        assert await tx.get(Account, sam.account_id) is None
        for table in (AccountRight, LoginRow, RecoveryCode):
            assert not (await tx.exec(select(table).where(table.account_id == sam.account_id))).all()


async def test_removal_shreds_the_secret(rt: Runtime, joost: Login) -> None:
    await join(rt, "Noor")
    await accounts.remove(rt, joost, await id_of(rt, "Noor"))
    async with rt.stores.hoofd.reading() as tx:
        assert not (await tx.exec(select(HoofdKey))).all()


async def test_change_of_role_ends_the_login(rt: Runtime, joost: Login) -> None:
    (made,) = await demo.sign_in_for_tests(rt, Role.MODERATOR, 1)
    noor = await logins.load(rt, made["cookie"])
    assert noor is not None
    await accounts.change(rt, joost, noor.account_id, Role.PEER_WORKER, HOST)
    assert await logins.load(rt, made["cookie"]) is None
    async with rt.stores.hoofd.reading() as tx:
        found = await queries.colleague(tx, noor.account_id)
    assert found is not None
    assert (found.role, found.rights) == (Role.PEER_WORKER, HOST)


async def test_nobody_changes_or_closes_themselves(rt: Runtime, joost: Login) -> None:
    with pytest.raises(accounts.NotYourself):
        await accounts.remove(rt, joost, joost.account_id)
    with pytest.raises(accounts.NotYourself):
        await accounts.change(rt, joost, joost.account_id, Role.MODERATOR, frozenset())


async def test_last_administrator_stays(rt: Runtime, joost: Login) -> None:
    (made,) = await demo.sign_in_for_tests(rt, Role.ADMINISTRATOR, 1)
    other = await logins.load(rt, made["cookie"])
    assert other is not None
    await accounts.remove(rt, other, joost.account_id)
    with pytest.raises(accounts.LastAdministrator):  # the login in hand is older than the removal
        await accounts.remove(rt, joost, other.account_id)


async def test_unknown_account_is_not_found(rt: Runtime, joost: Login) -> None:
    with pytest.raises(NotFound):
        await accounts.remove(rt, joost, "0" * 32)


async def test_old_recovery_codes_stop_working(rt: Runtime) -> None:
    noor = await join(rt, "Noor")
    token = await service.confirm(rt, await service.sign_in(rt, "Noor", PASSWORD), Proof(noor.recovery[0]))
    login = await logins.load(rt, token)
    assert login is not None
    fresh = await accounts.replace_recovery_codes(rt, login)
    halfway = await service.sign_in(rt, "Noor", PASSWORD)
    with pytest.raises(service.WrongCode):
        await service.confirm(rt, halfway, Proof(noor.recovery[1]))
    assert await service.confirm(rt, halfway, Proof(fresh[1]))


async def test_late_invitations_go_with_their_secret(rt: Runtime, joost: Login) -> None:
    await accounts.invite(rt, joost, "Sam", Role.PEER_WORKER, frozenset())
    clock_of(rt).advance(timedelta(hours=25))
    await accounts.forget(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        assert not (await tx.exec(select(Invitation))).all()
        assert not (await tx.exec(select(HoofdKey))).all()


async def test_demo_team_is_made_once_and_fast(rt: Runtime) -> None:
    await demo.seed(rt, rt.clock.now())
    await demo.seed(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        team = await queries.colleagues(tx)
    assert {member.role for member in team} == set(Role)
    assert len(team) == len(demo.CAST)


async def test_more_accounts_for_a_running_server_have_other_names(rt: Runtime) -> None:
    first = await demo.sign_in_for_tests(rt, Role.MODERATOR, 2)
    second = await demo.sign_in_for_tests(rt, Role.MODERATOR, 1)
    assert len({made["name"] for made in first + second}) == 3
    assert set(first[0]) == {"name", "role", "cookie", "csrf"}
