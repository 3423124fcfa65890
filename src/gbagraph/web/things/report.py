"""Where to say that a fact is wrong: a form of an issue tracker, or a mail, filled in already."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit


def address(to: str, title: str, body: str) -> str:
    """The address of a report with *title* and *body* at *to*, which is ``mailto:…`` or that of a form.

    GitHub and trackers like it read ``title`` and ``body`` of the query string, GitLab
    ``issue[title]`` and ``issue[description]``.
    """
    joined = "&" if urlsplit(to).query else "?"
    if to.startswith("mailto:"):
        return f"{to}{joined}subject={quote(title)}&body={quote(body)}"
    names = ("issue[title]", "issue[description]") if "/-/issues" in to else ("title", "body")
    return f"{to}{joined}{urlencode(dict(zip(names, (title, body), strict=True)))}"
