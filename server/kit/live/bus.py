"""Telling other connections, in this process or in others, that something was committed.

The bus may lose things; the database may not. Whoever listens checks positions and reads what is missing (promise P9).
"""

from collections.abc import Callable
from typing import Literal, Protocol

Listener = Callable[[str, bytes], None]
State = Literal["up", "degraded"]
Watcher = Callable[[State], None]


class Bus(Protocol):
    """Topics are `r:<room>`, `p:<participant>`, `desk` and `sys`; payloads are opaque bytes."""

    async def publish(self, topic: str, payload: bytes) -> None:
        """Hand the payload to every listener of the topic; never raises and never waits long."""
        ...

    def subscribe(self, topic: str, listener: Listener) -> None:
        """Call listener(topic, payload) for everything published from now on. The listener may not block."""
        ...

    def unsubscribe(self, topic: str, listener: Listener) -> None:
        """Stop calling."""
        ...

    async def heard(self, topic: str) -> None:
        """Wait until what other processes publish on a subscribed topic arrives here; at most 200 ms."""
        ...

    def state(self) -> State:
        """Say whether payloads reach other processes and theirs reach us."""
        ...

    def on_state(self, watcher: Watcher) -> None:
        """Call watcher(state) at every change from now on."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class LocalBus:
    """The bus of a single process: a dictionary of listeners."""

    def __init__(self) -> None:
        """Start without listeners."""
        self._listeners: dict[str, dict[Listener, None]] = {}

    @property
    def topics(self) -> frozenset[str]:
        """Return the topics that somebody listens to."""
        return frozenset(self._listeners)

    async def publish(self, topic: str, payload: bytes) -> None:
        """Call the listeners in the order in which they came."""
        self.deliver(topic, payload)

    def deliver(self, topic: str, payload: bytes) -> None:
        """Call the listeners of this process."""
        for listener in list(self._listeners.get(topic, ())):
            listener(topic, payload)

    def subscribe(self, topic: str, listener: Listener) -> None:
        """Add a listener; the same one twice counts once."""
        self._listeners.setdefault(topic, {})[listener] = None

    def unsubscribe(self, topic: str, listener: Listener) -> None:
        """Remove a listener and the topic with its last one."""
        listeners = self._listeners.get(topic, {})
        listeners.pop(listener, None)
        if not listeners:
            self._listeners.pop(topic, None)

    async def heard(self, topic: str) -> None:
        """There is nobody else to hear."""

    def state(self) -> State:
        """A process always reaches itself."""
        return "up"

    def on_state(self, watcher: Watcher) -> None:
        """Nothing ever changes."""

    async def close(self) -> None:
        """Forget the listeners."""
        self._listeners.clear()
