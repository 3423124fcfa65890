"""Bytes of a fuzzer as the values that an entrance takes: texts, with zeros between them."""


def text(data: bytes) -> str:
    """As an entrance has it after it has checked that it is UTF-8."""
    return data.decode("utf-8", "replace")


def texts(data: bytes, count: int) -> list[str]:
    """So many texts; those that are missing are empty."""
    return [text(part) for part in parts(data, count)]


def parts(data: bytes, count: int) -> list[bytes]:
    found = data.split(b"\0", count - 1)
    return [*found, *[b""] * (count - len(found))]
