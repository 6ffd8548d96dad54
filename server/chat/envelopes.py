"""Sealing what people write: group messages under the dying key of the store, talks under a key of their own (D1)."""

from dataclasses import dataclass
from typing import Any

import orjson

from server.chat.models import Message, Room, RoomKind
from server.kit.crypto import Secret, Unreadable, keyed_hash, seal, unseal
from server.kit.keys import KeyGone, Keyring


@dataclass(frozen=True)
class Content:
    """What is inside an envelope.

    answer: what the author was told, so that a repeat hears the same. attached: kind and id of something that is drawn
    from its present state, such as a card of the sociale kaart. edited: these are not the first words.
    mark: "crisis" in a talk, for its two sides.
    """

    text: str
    name: str
    answer: dict[str, Any]
    attached: tuple[str, str] | None = None
    edited: bool = False
    mark: str | None = None


def give_key(room: Room, keyring: Keyring) -> None:
    """Give a talk a key of its own, wrapped by the present K_vluchtig."""
    room.key_version, outer = keyring.current("vluchtig")
    room.wrapped = seal(outer, Secret.random().reveal(), _place("room", room.id))


def room_key(room: Room, keyring: Keyring) -> tuple[int, Secret]:
    """Return the key new messages of this room are sealed with, and its version. Raises Unreadable when it has died."""
    if room.kind is not RoomKind.TALK:
        return keyring.current("vluchtig")
    if room.wrapped is None or room.key_version is None:
        raise Unreadable
    return room.key_version, Secret(unseal(_outer(keyring, room.key_version), room.wrapped, _place("room", room.id)))


def close_envelope(key: Secret, message_id: str, content: Content) -> bytes:
    """Return the ciphertext of one message."""
    return seal(key, orjson.dumps(content.__dict__), _place("message", message_id))


def open_envelope(room: Room, message: Message, keyring: Keyring) -> Content:
    """Return what is in a message. Raises Unreadable once text or key are gone."""
    if message.sealed is None:
        raise Unreadable
    group = room.kind is not RoomKind.TALK
    key = _outer(keyring, message.key_version) if group else room_key(room, keyring)[1]
    return Content(**orjson.loads(unseal(key, message.sealed, _place("message", message.id))))


def digest(key: Secret, room_id: str, author_key: str, text: str) -> bytes:
    """Return what tells a true repeat from a reused client_id; unreadable once the key has died."""
    return keyed_hash(key, b"repeat", room_id.encode(), author_key.encode(), text.encode())


def _outer(keyring: Keyring, version: int) -> Secret:
    try:
        return keyring.version("vluchtig", version)
    except KeyGone as error:
        raise Unreadable from error


def _place(kind: str, id_: str) -> bytes:
    return f"{kind}/{id_}".encode()
