"""A cache that is limited in size and evicts the least recently used entries first."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """Entries whose sizes, as *size_of* gives them, add up to *capacity* at most.

    It is an OrderedDict, which is written in C: a lookup takes less than a microsecond.
    """

    def __init__(self, capacity: int, size_of: Callable[[V], int] = lambda _: 1) -> None:
        self._capacity = capacity
        self._size_of = size_of
        self._size = 0
        self.entries: OrderedDict[K, V] = OrderedDict()
        """To look at, and to move one to the end as `get` does; `put` and `drop` add and remove."""

    def get(self, key: K) -> V | None:
        """The entry under *key*, or None."""
        entry = self.entries.get(key)
        if entry is not None:
            self.entries.move_to_end(key)
        return entry

    def put(self, key: K, value: V) -> None:
        """Keep an entry, evicting others, unless it is larger than the whole capacity."""
        size = self._size_of(value)
        if size > self._capacity:
            return
        if key in self.entries:
            self.drop(key)
        self.entries[key] = value
        self._size += size
        while self._size > self._capacity:
            _, dropped = self.entries.popitem(last=False)
            self._size -= self._size_of(dropped)

    def drop(self, key: K) -> None:
        """Remove the entry under *key*, if there is one."""
        if (dropped := self.entries.pop(key, None)) is not None:
            self._size -= self._size_of(dropped)

    def clear(self) -> None:
        """Remove all entries."""
        self.entries.clear()
        self._size = 0
