"""A cache bounded by the sizes of its entries; the least recently used go first."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """Entries whose sizes, by *size_of*, sum up to *room* at most.

    An ordered dictionary in C: it is asked once for each request, in less than a microsecond.
    """

    def __init__(self, room: int, size_of: Callable[[V], int] = lambda _: 1) -> None:
        self._room = room
        self._size_of = size_of
        self._size = 0
        self._entries: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The entry under *key*, or None."""
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: K, value: V) -> None:
        """Keep an entry, unless it is larger than all the room; others make way for it."""
        size = self._size_of(value)
        if size > self._room:
            return
        if (replaced := self._entries.pop(key, None)) is not None:
            self._size -= self._size_of(replaced)
        self._entries[key] = value
        self._size += size
        while self._size > self._room:
            _, dropped = self._entries.popitem(last=False)
            self._size -= self._size_of(dropped)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._size = 0
