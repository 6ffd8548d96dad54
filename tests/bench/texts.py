"""Messages of about 120 bytes that could be real, differ, and say in ordinary words which number they are."""

import re
from typing import Final

LIST: Final = """
appel tafel fiets stoel water brood kamer regen vogel groen blauw bloem vlieg lepel plant markt
haven molen lente paard kaars deken krant piano trein akker sloot ijsje pasta rijst taart druif
"""
WORDS: Final = LIST.split()
MANY: Final = len(WORDS)
PLACE: Final = {word.encode(): place for place, word in enumerate(WORDS)}
NUMBERED: Final = re.compile(rb"vandaag aan (\w{5}), (\w{5}), (\w{5}) en (\w{5})\.")
MARK: Final = b"dacht vandaag aan "
"""Once in each message and nowhere else; long, because a long word is found faster."""
CLOSINGS: Final = (
    "Dat maakte de avond wat lichter, en ik hoop dat jij dat ook kent.",
    "Herken je dat, dat kleine dingen soms meer doen dan grote plannen?",
    "Het was een lange dag, maar ik ben toch even naar buiten gegaan.",
    "Mijn zus zei dat het mag zoals het is, en dat bleef bij me hangen.",
    "Ik slaap nog slecht, maar overdag gaat het alweer een stukje beter.",
    "Wat doen jullie als alles te veel geluid maakt in een volle winkel?",
    "Ik zet dan muziek op en wacht tot het weer wat rustiger wordt.",
    "Fijn dat hier iemand leest, want praten vind ik nog best spannend.",
    "Morgen begin ik weer met werken, een paar uur, en daarna zien we.",
    "Schrijven helpt me om het op een rijtje te krijgen, dus dank je.",
    "Mijn hoofd was vol en toen ben ik maar gewoon thee gaan zetten.",
    "Soms is een klein rondje lopen genoeg om weer adem te krijgen.",
    "Bij mij hielp het om het met de huisarts samen op te schrijven.",
)


def said(number: int) -> str:
    """Return the message with this number; it comes round after a million."""
    words = (WORDS[number // MANY**power % MANY] for power in range(4))
    return "Ik dacht vandaag aan {}, {}, {} en {}. ".format(*words) + CLOSINGS[number % len(CLOSINGS)]


def numbers(data: bytes | bytearray, end: int) -> list[int]:
    """Return the numbers of the messages in the first end bytes, in their order."""
    return [
        sum(PLACE[word] * MANY**power for power, word in enumerate(found.groups()))
        for found in NUMBERED.finditer(data, 0, end)
    ]
