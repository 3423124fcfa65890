from dataclasses import dataclass

from gbagraph.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSettings:
    """What is noted."""

    note: str = setting("Nothing yet.", "The note of the operator.", after="title")
