"""Who may do what: one table that makes both the checks and the tests. Source: privacy-spec 8.3."""

from collections.abc import Collection
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """What somebody is in the team. The value is the word in the store."""

    PEER_WORKER = "peer_worker"
    MODERATOR = "moderator"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"
    PROFESSIONAL = "professional"
    """The second host of a verkennend gesprek, and the achterwacht of talks (directory-booking-spec 10)."""


class Right(StrEnum):
    """What can be added to a role."""

    GESPREKSVOERDER = "gespreksvoerder"


class Grant(StrEnum):
    """How far a permission goes. The value is the sign in the specification's table."""

    NEVER = "–"
    YES = "✓"
    OWN = "E"
    """Only what is one's own: the route starts its query from this account."""
    STEP_UP = "S"
    """Only with a second factor shown less than five minutes ago."""


class Permission(StrEnum):
    """Everything somebody may or may not do. The value is the sentence for people."""

    ROOM = "Meelezen en schrijven in groepen, zichtbaar als team"
    ROOM_HIDE = "Een bericht in een groep verbergen"
    ROOM_PAUSE = "Een groep op pauze zetten en een proeftijd geven"
    TALK = "De wachtrij zien, een gesprek aannemen en daarin schrijven"
    LIVE = "Groepen en gesprekken horen over een open verbinding; welke, beslist elke ruimte zelf"
    BACKUP = "Als achterwacht meepraten in een gesprek, na een ja van de bezoeker"
    TALK_AFTERWARDS = "Een gesprek lezen dat klaar is of van een collega was"
    FORUM = "Schrijven in het forum, zichtbaar als team"
    FORUM_HIDE = "Een bericht in het forum verbergen"
    CASE_QUEUE = "De rij met zaken zien, zonder tekst"
    CASE_READ = "Een zaak openen en de tekst lezen"
    CASE_DECIDE = "Beslissen over een zaak die je hebt opgepakt"
    BLOCK = "Een schrijver blokkeren, samen met een tweede moderator"
    NICKNAME = "De schuilnaam van een schrijver in een groep zien"
    NICKNAME_SEARCH = "Zoeken op schuilnaam of alle schuilnamen zien"
    AGENDA = "De eigen agenda en momenten beheren en zien wie er komt"
    OUTCOME = "De uitkomst van een eigen verkennend gesprek tellen"
    FIGURES_SUMMARY = "De samenvatting van de gepubliceerde cijfers zien"
    FIGURES = "Alle gepubliceerde cijfers zien en als bestand meenemen"
    FIGURES_RAW = "Tellingen zien die nog niet gepubliceerd zijn"
    DIRECTORY = "De sociale kaart bewerken en publiceren"
    LOCATIONS = "Locaties en openingstijden beheren"
    ROSTER = "Het rooster zien: de eigen diensten of die van het team"
    ROSTER_EDIT = "Het rooster maken en een week kopiëren"
    DOOR = "Een deur sluiten en weer openen"
    KRING = "Kringen plannen en afgelasten"
    KRING_HOST = "Een kring openen, verlengen en afronden"
    ACCOUNTS = "Collega's uitnodigen, hun rol veranderen en toegang afsluiten"
    AUDIT = "Het logboek van het team lezen"
    SHELL = "Bij sleutels, databank of machine komen"


_COLUMNS: Final = (Role.PEER_WORKER, Role.MODERATOR, Role.COORDINATOR, Role.ADMINISTRATOR, Role.PROFESSIONAL)
_SIGNS: Final = {
    # the order of the columns above
    Permission.ROOM: "✓ ✓ – – –",
    Permission.ROOM_HIDE: "✓ ✓ – – –",  # moderation-spec 6: chatters may hide in rooms
    Permission.ROOM_PAUSE: "✓ ✓ – – –",
    Permission.TALK: "E – – – –",
    Permission.LIVE: "✓ ✓ – – E",  # whoever writes in a group, talks, or comes into a talk as achterwacht
    Permission.BACKUP: "– – – – E",
    Permission.TALK_AFTERWARDS: "– – – – –",
    Permission.FORUM: "✓ ✓ – – –",
    Permission.FORUM_HIDE: "– ✓ – – –",
    # The specification's row "Case" is three here: the queue shows no text, so only opening a case asks for the second
    # factor, and a decision rests on the claim that opening it gave.
    Permission.CASE_QUEUE: "– ✓ – – –",
    Permission.CASE_READ: "E S – – –",
    Permission.CASE_DECIDE: "– ✓ – – –",
    Permission.BLOCK: "– S – – –",
    Permission.NICKNAME: "✓ ✓ – – –",
    Permission.NICKNAME_SEARCH: "– – – – –",
    Permission.AGENDA: "– – – – –",  # by right, see below
    Permission.OUTCOME: "– – – – –",  # by right, see below
    Permission.FIGURES_SUMMARY: "✓ ✓ ✓ ✓ –",
    Permission.FIGURES: "– – ✓ ✓ –",
    Permission.FIGURES_RAW: "– – – – –",
    Permission.DIRECTORY: "– – ✓ ✓ –",
    Permission.LOCATIONS: "– – ✓ ✓ –",
    Permission.ROSTER: "E E ✓ ✓ –",
    Permission.ROSTER_EDIT: "– – ✓ ✓ –",  # the row "Locations, opening hours"
    Permission.DOOR: "– ✓ ✓ ✓ –",
    Permission.KRING: "E E ✓ ✓ –",
    Permission.KRING_HOST: "E ✓ – – –",  # a moderator can take over from a host who is ill
    Permission.ACCOUNTS: "– – – S –",
    Permission.AUDIT: "– – – S –",
    Permission.SHELL: "– – – – –",  # break-glass by two persons, never through a page
}

MATRIX: Final = MappingProxyType(
    {
        permission: MappingProxyType(dict(zip(_COLUMNS, map(Grant, signs.split()), strict=True)))
        for permission, signs in _SIGNS.items()
    }
)

BY_RIGHT: Final = MappingProxyType(
    {Right.GESPREKSVOERDER: MappingProxyType({Permission.AGENDA: Grant.OWN, Permission.OUTCOME: Grant.OWN})}
)

MAY_HOLD: Final = MappingProxyType({Right.GESPREKSVOERDER: frozenset({Role.PEER_WORKER, Role.PROFESSIONAL})})
"""Which roles a right can be added to. Source: privacy-spec 8.3, the rows of the agenda are closed to the others."""


def grant(role: Role, rights: Collection[Right], permission: Permission) -> Grant:
    """Return how far somebody with this role and these rights may use a permission."""
    by_role = MATRIX[permission][role]
    if by_role is not Grant.NEVER:
        return by_role
    held = [BY_RIGHT[right] for right in rights if role in MAY_HOLD[right]]
    return next((grants[permission] for grants in held if permission in grants), Grant.NEVER)


def holders(permission: Permission) -> frozenset[Role]:
    """Return the roles that have a permission without any added right."""
    return frozenset(role for role, sign in MATRIX[permission].items() if sign is not Grant.NEVER)
