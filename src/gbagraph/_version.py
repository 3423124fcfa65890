"""The version of the software, and how it names itself to others."""

__version__ = "0.4.0.dev0"


def user_agent(contact: str = "") -> str:
    """Return the value of User-Agent (RFC 9110, section 10.1.5), with the address of an operator.

    It is printable ASCII, whatever *contact* is.
    """
    shown = "".join(sign for sign in contact if "!" <= sign <= "~" and sign not in "()")
    return f"gbagraph/{__version__} (+{shown or 'https://w3id.org/gbagraph/'})"
