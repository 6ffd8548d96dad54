"""One connection by the rules of protocol v1, without sockets, database or clock (reliability-spec 2)."""

from dataclasses import dataclass, field

from server.chat.frames import BadFrame, Close, Frame, Hello, MustClose, parse, read


@dataclass
class Place:
    """One room of one connection: the next seq it must see, and what waits until reading has caught up."""

    epoch: str
    next_seq: int
    waiting: dict[int, bytes] = field(default_factory=dict)

    def offer(self, seq: int, payload: bytes) -> list[bytes]:
        """Take one durable event; return what may go out now, in order and without gaps.

        An event that was sent already is dropped; one that comes too early waits. `behind` then says where the gap is.
        """
        if seq < self.next_seq:
            return []
        self.waiting[seq] = payload
        ready: list[bytes] = []
        while (following := self.waiting.pop(self.next_seq, None)) is not None:
            ready.append(following)
            self.next_seq += 1
        return ready

    @property
    def behind(self) -> bool:
        """Say whether events wait for an earlier one that has to be read from the database."""
        return bool(self.waiting)


@dataclass
class ChatSession:
    """One connection: which rooms it hears, and whether it has said hello and behaves."""

    places: dict[str, Place] = field(default_factory=dict)
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
