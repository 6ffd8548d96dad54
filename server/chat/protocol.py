"""One connection by the rules of protocol v1, without sockets, database or clock (reliability-spec 2)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from server.chat.frames import BadFrame, Close, Frame, Hello, MustClose, parse, read


@dataclass(slots=True)
class Place:
    """One room of one connection: the next seq it must see. keys: whose messages are its own.

    reading: what it missed is being read from the database; until it has caught up, nothing newer may go out. level:
    tells the next seq of whoever is as far as the others; there is nothing to keep of it in each place then.
    """

    epoch: str
    next_seq: int
    keys: frozenset[str] = frozenset()
    reading: bool = False
    level: Callable[[], int] | None = None

    def upcoming(self) -> int:
        """Return the next seq this place must see."""
        return self.next_seq if self.level is None else self.level()

    def missing(self, first: int, after: int) -> range | None:
        """Return which of the events first … after-1 may go out now; None when earlier ones have to be read first.

        What went out already is left out, so that everything is sent once and in order.
        """
        if self.reading or self.next_seq < first:
            return None
        return range(min(self.next_seq, after), after)


@dataclass(slots=True)
class Manners:
    """Whether a connection has said hello, and how often it sent what cannot be read."""

    greeted: bool = False
    bad_frames: list[float] = field(default_factory=list)

    def receive(self, text: str) -> Frame:
        """Return the frame in a text. Raises BadFrame; MustClose for what ends the connection."""
        try:
            found = read(parse(text))
        except BadFrame:
            if not self.greeted:
                raise MustClose(Close.BAD_FRAMES) from None
            raise
        if isinstance(found, Hello) == self.greeted:  # nothing before it, and only once
            raise MustClose(Close.BAD_FRAMES)
        self.greeted = True
        return found

    def misbehaved(self, now: float) -> None:
        """Remember a bad frame. Raises MustClose after ten within a minute."""
        self.bad_frames = [*(at for at in self.bad_frames if at > now - 60), now]
        if len(self.bad_frames) >= 10:
            raise MustClose(Close.BAD_FRAMES)
