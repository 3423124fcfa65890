"""A cache bounded by the sizes of its entries."""

from hypothesis import given
from hypothesis import strategies as st

from gbagraph.lru import LruCache


def test_the_least_recently_used_goes_first():
    cache = LruCache(3)
    for key in "abc":
        cache.put(key, key)
    cache.get("a")
    cache.put("d", "d")

    assert [cache.get(key) for key in "abcd"] == ["a", None, "c", "d"]


def test_what_is_larger_than_the_room_is_not_kept():
    cache = LruCache(10, len)
    cache.put("small", "x")
    cache.put("large", "x" * 11)

    assert (cache.get("small"), cache.get("large")) == ("x", None)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), max_size=60))
def test_the_sizes_never_exceed_the_room(entries):
    cache = LruCache(50, int)
    for key, size in entries:
        cache.put(key, size)
        assert sum(cache.get(n) or 0 for n in range(10)) <= 50
        assert cache.get(key) == size
