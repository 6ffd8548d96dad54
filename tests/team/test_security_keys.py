"""Security keys: connecting one, coming in with it, and who must."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from sqlmodel import select, update

from server.kit.runtime import Runtime
from server.team import logins, security_keys, service
from server.team.logins import Login
from server.team.models import Account, LoginRow, SecurityKey
from server.team.permissions import Role
from server.team.security_keys import KeyNotTaken
from server.team.service import KeyNeeded, Proof
from tests.team.authenticator import Authenticator
from tests.team.cast import PASSWORD, Member, Screen, clock_of, join, signed_in

HALF_MINUTE = timedelta(seconds=30)
NOBODY = "0" * 32


@pytest.fixture
async def noor(rt: Runtime) -> Member:
    member = await join(rt, "Noor")
    clock_of(rt).advance(2 * HALF_MINUTE)
    return member


@pytest.fixture
def key(rt: Runtime) -> Authenticator:
    return Authenticator(rt.settings.team_url)


def in_production(rt: Runtime) -> Runtime:
    return replace(rt, settings=replace(rt.settings, mode="production"))


async def enter(rt: Runtime, noor: Member, proof: Proof | None = None) -> Login:
    halfway = await service.sign_in(rt, "Noor", PASSWORD)
    found = await logins.load(rt, await service.confirm(rt, halfway, proof or Proof(noor.code())))
    assert found is not None
    return found


async def connect(rt: Runtime, login: Login, key: Authenticator) -> None:
    await security_keys.register(rt, login, key.create(await security_keys.begin_registration(rt, login)))


async def proof_of(rt: Runtime, key: Authenticator) -> tuple[str, Proof]:
    """Show the password and let the key sign; return the halfway token and the proof."""
    halfway = await service.sign_in(rt, "Noor", PASSWORD)
    begun = await service.halfway_login(rt, halfway)
    return halfway, Proof(answer=key.get(await security_keys.begin_proof(rt, begun.login_id, begun.account.id)))


async def test_key_opens_a_login_instead_of_a_code(rt: Runtime, noor: Member, key: Authenticator) -> None:
    await connect(rt, await enter(rt, noor), key)
    halfway, proof = await proof_of(rt, key)
    login = await logins.load(rt, await service.confirm(rt, halfway, proof))
    assert login is not None
    assert (login.name, login.security_keys) == ("Noor", 1)


async def test_key_confirms_again(rt: Runtime, noor: Member, key: Authenticator) -> None:
    login = await enter(rt, noor)
    await connect(rt, login, key)
    clock_of(rt).advance(timedelta(minutes=6))
    options = await security_keys.begin_proof(rt, login.id, login.account_id)
    token = await service.step_up(rt, login, Proof(answer=key.get(options)))
    renewed = await logins.load(rt, token)
    assert renewed is not None
    assert renewed.fresh(rt.clock.now())


async def test_answer_works_once(rt: Runtime, noor: Member, key: Authenticator) -> None:
    await connect(rt, await enter(rt, noor), key)
    halfway, proof = await proof_of(rt, key)
    await service.confirm(rt, halfway, proof)
    again = await service.sign_in(rt, "Noor", PASSWORD)
    with pytest.raises(KeyNotTaken):
        await service.confirm(rt, again, proof)


async def test_answer_for_another_site_is_refused(rt: Runtime, noor: Member, key: Authenticator) -> None:
    await connect(rt, await enter(rt, noor), key)
    key.origin = "https://moi.example.evil"
    halfway, proof = await proof_of(rt, key)
    with pytest.raises(KeyNotTaken):
        await service.confirm(rt, halfway, proof)


async def test_key_of_a_colleague_is_refused(rt: Runtime, noor: Member, key: Authenticator) -> None:
    bram = await join(rt, "Bram")
    clock_of(rt).advance(2 * HALF_MINUTE)
    token = await service.confirm(rt, await service.sign_in(rt, "Bram", PASSWORD), Proof(bram.code()))
    login = await logins.load(rt, token)
    assert login is not None
    await connect(rt, login, key)
    await connect(rt, await enter(rt, noor), Authenticator(rt.settings.team_url))
    halfway, proof = await proof_of(rt, key)
    with pytest.raises(KeyNotTaken):
        await service.confirm(rt, halfway, proof)


async def test_copied_key_is_noticed_by_its_count(rt: Runtime, noor: Member, key: Authenticator) -> None:
    await connect(rt, await enter(rt, noor), key)
    halfway, proof = await proof_of(rt, key)
    await service.confirm(rt, halfway, proof)
    key.uses = 0  # a copy starts where the first one was
    halfway, proof = await proof_of(rt, key)
    with pytest.raises(KeyNotTaken):
        await service.confirm(rt, halfway, proof)


async def test_same_key_is_connected_once(rt: Runtime, noor: Member, key: Authenticator) -> None:
    login = await enter(rt, noor)
    await connect(rt, login, key)
    with pytest.raises(KeyNotTaken):
        await connect(rt, login, key)


async def test_sixth_key_is_refused(rt: Runtime, noor: Member) -> None:
    login = await enter(rt, noor)
    for _ in range(5):
        await connect(rt, login, Authenticator(rt.settings.team_url))
    with pytest.raises(security_keys.TooManyKeys):
        await security_keys.begin_registration(rt, login)


async def test_only_own_keys_can_be_taken_away(rt: Runtime, noor: Member, key: Authenticator) -> None:
    login = await enter(rt, noor)
    await connect(rt, login, key)
    async with rt.stores.hoofd.reading() as tx:
        (kept,) = (await tx.exec(select(SecurityKey))).all()
    await security_keys.remove(rt, replace(login, account_id="0" * 32), kept.id)
    async with rt.stores.hoofd.reading() as tx:
        assert await security_keys.count(tx, login.account_id) == 1
    await security_keys.remove(rt, login, kept.id)
    async with rt.stores.hoofd.reading() as tx:
        assert await security_keys.count(tx, login.account_id) == 0


async def test_in_production_a_moderator_with_a_key_uses_it(rt: Runtime, noor: Member, key: Authenticator) -> None:
    await connect(rt, await enter(rt, noor), key)
    clock_of(rt).advance(2 * HALF_MINUTE)
    production = in_production(rt)
    halfway = await service.sign_in(production, "Noor", PASSWORD)
    with pytest.raises(KeyNeeded):
        await service.confirm(production, halfway, Proof(noor.code()))
    assert await service.confirm(production, halfway, Proof(noor.recovery[0]))


@pytest.mark.parametrize(
    ("role", "required"),
    [
        (Role.MODERATOR, True),
        (Role.COORDINATOR, True),
        (Role.ADMINISTRATOR, True),
        (Role.PEER_WORKER, False),
        (Role.PROFESSIONAL, False),
    ],
)
def test_who_sees_most_must_have_a_key(rt: Runtime, role: Role, required: bool) -> None:
    assert security_keys.is_required(in_production(rt).settings, role) is required
    assert not security_keys.is_required(rt.settings, role)


async def test_pages_connect_and_use_a_key(rt: Runtime, noor: Member, key: Authenticator) -> None:
    screen = Screen(rt)
    await screen.post("/team/inloggen", naam="Noor", wachtwoord=PASSWORD)
    await screen.post("/team/code", code=noor.code())
    options = (await screen.post("/team/sessies/sleutel/begin")).text
    assert json.loads(options)["rp"]["id"] == "localhost"
    answer = await screen.post("/team/sessies/sleutel", antwoord=key.create(options))
    assert answer.status_code == 303
    assert "Sleutel van" in (await screen.get("/team/sessies")).text
    await screen.post("/team/uit")
    await screen.post("/team/inloggen", naam="Noor", wachtwoord=PASSWORD)
    assert "Gebruik je beveiligingssleutel" in (await screen.get("/team/code")).text
    options = (await screen.post("/team/code/sleutel")).text
    answer = await screen.post("/team/code", antwoord=key.get(options))
    assert answer.headers["location"] == "/team"


async def test_made_up_answer_is_one_plain_sentence(rt: Runtime) -> None:
    screen = await signed_in(rt, Role.MODERATOR)
    await screen.post("/team/sessies/sleutel/begin")
    answer = await screen.post("/team/sessies/sleutel", antwoord='{"id": "x"}')
    assert answer.status_code == 422
    assert "niet herkend" in answer.text


JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(max_size=20),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(
            strategies.sampled_from(
                ["id", "rawId", "type", "response", "clientDataJSON", "signature", "authenticatorData"]
            ),
            inner,
            max_size=7,
        )
    ),
    max_leaves=12,
)


@given(answer=JSON.map(json.dumps) | strategies.text(max_size=200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_answer_breaks_the_server(rt: Runtime, answer: str) -> None:
    assert await security_keys.prove(await _asked(rt), NOBODY, NOBODY, answer) is False


async def _asked(rt: Runtime) -> Runtime:
    """Return a runtime in which login 000… was just asked to sign something."""
    now = rt.clock.now()
    async with rt.stores.hoofd.transaction() as tx:
        if await tx.get(Account, NOBODY) is None:
            tx.add(Account(id=NOBODY, name="x", name_key="x", role="moderator", created=now.date()))
            await tx.flush()
            tx.add(LoginRow(id=NOBODY, token_hash="x", account_id=NOBODY, started=now, last_seen=now))
            await tx.flush()
        await tx.exec(update(LoginRow).values(challenge="00" * 32))
    return rt
