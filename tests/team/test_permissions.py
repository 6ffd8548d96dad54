"""The matrix of privacy-spec 8.3, row by row as the specification prints it."""

import pytest

from server.team.permissions import Grant, Permission, Right, Role, grant, holders

P = Permission
HOST = (Right.GESPREKSVOERDER,)
PEER, MOD, COORD, ADMIN = Role.PEER_WORKER, Role.MODERATOR, Role.COORDINATOR, Role.ADMINISTRATOR

# The specification's rows: what each of its four columns says.
ROWS = [
    (P.ROOM, "✓ ✓ – –"),
    (P.TALK, "E – – –"),
    (P.TALK_AFTERWARDS, "– – – –"),
    (P.FORUM, "✓ ✓ – –"),
    (P.FORUM_HIDE, "– ✓ – –"),
    (P.CASE_READ, "E S – –"),
    (P.NICKNAME, "✓ ✓ – –"),
    (P.NICKNAME_SEARCH, "– – – –"),
    (P.ROOM_PAUSE, "✓ ✓ – –"),
    (P.BLOCK, "– S – –"),
    (P.FIGURES_SUMMARY, "✓ ✓ ✓ ✓"),
    (P.FIGURES, "– – ✓ ✓"),
    (P.FIGURES_RAW, "– – – –"),
    (P.DIRECTORY, "– – ✓ ✓"),
    (P.LOCATIONS, "– – ✓ ✓"),
    (P.ACCOUNTS, "– – – S"),
    (P.AUDIT, "– – – S"),
    (P.SHELL, "– – – –"),
]


@pytest.mark.parametrize(("permission", "signs"), ROWS)
def test_matrix_is_the_specification(permission: Permission, signs: str) -> None:
    given = [grant(role, (), permission) for role in (PEER, MOD, COORD, ADMIN)]
    assert " ".join(given) == signs


@pytest.mark.parametrize("permission", [P.AGENDA, P.OUTCOME])
def test_agenda_is_for_gespreksvoerders_only(permission: Permission) -> None:
    assert grant(PEER, (), permission) is Grant.NEVER
    assert grant(PEER, HOST, permission) is Grant.OWN
    assert grant(Role.PROFESSIONAL, HOST, permission) is Grant.OWN


@pytest.mark.parametrize("role", [MOD, COORD, ADMIN])
def test_right_opens_nothing_for_roles_it_is_not_for(role: Role) -> None:
    assert grant(role, HOST, P.AGENDA) is Grant.NEVER


def test_professional_may_only_back_up_without_the_right() -> None:
    backing_up = {Permission.BACKUP, Permission.LIVE}
    others = set(Permission) - backing_up
    assert {grant(Role.PROFESSIONAL, (), permission) for permission in backing_up} == {Grant.OWN}
    assert {grant(Role.PROFESSIONAL, (), permission) for permission in others} == {Grant.NEVER}


def test_coordinator_may_nothing_with_people() -> None:
    people = {P.ROOM, P.TALK, P.FORUM, P.CASE_QUEUE, P.CASE_READ, P.NICKNAME, P.AGENDA, P.FIGURES_RAW}
    assert not any(COORD in holders(permission) for permission in people)


def test_each_permission_says_what_it_is() -> None:
    assert all(len(permission.value.split()) >= 4 for permission in Permission)
