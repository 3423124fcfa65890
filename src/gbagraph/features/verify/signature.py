"""Whether a file was signed by whom it should be, as a Sigstore bundle says, without a network."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import contextmanager
from importlib.metadata import metadata
from typing import TYPE_CHECKING, Final, NamedTuple

from sigstore.dsse import Statement
from sigstore.errors import CertValidationError
from sigstore.hashes import Hashed
from sigstore.models import Bundle, ClientTrustConfig, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import AllOf, Identity, OIDCIssuerV2
from sigstore_models.common.v1 import HashAlgorithm

from gbagraph.errors import GbaGraphError, SettingError
from gbagraph.features.verify.texts import content
from gbagraph.paths import display, exists, in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WORKFLOW: Final = "/.github/workflows/release.yml@refs/tags/v"
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")
_STATEMENT: Final = "application/vnd.in-toto+json"
_PROVENANCE: Final = "https://slsa.dev/provenance/v1"
"""What is attested of a release. Other statements of the same signer might say that a file is bad."""
_LONGEST: Final = 400
"""Characters of what the library says of a fault."""


class NotVerified(GbaGraphError, name="not-verified", title="This is not signed as it should be"):
    """A file is another one than was signed, or who signed it is another than is expected."""


class Signer(NamedTuple):
    """Who must have signed: the identity, and who issued it."""

    identity: str
    issuer: str


def workflow_for(name: str) -> str:
    """Return the identity of our workflow of releases, for the version in the *name* of a file.

    Raises:
        SettingError: the name has no version, or this package names no repository.
    """
    version = _VERSION.search(name)
    links = dict(link.split(", ", 1) for link in metadata("gbagraph").get_all("Project-URL", ()))
    if version is None or "Repository" not in links:
        lacking = (
            "its name has no version" if version is None else "this package names no repository"
        )
        raise SettingError(
            f"Who must have signed {name} is not known, for {lacking}. Give --identity, such as "
            f"https://github.com/OWNER/gbagraph{_WORKFLOW}0.3.0."
        )
    return f"{links['Repository'].rstrip('/')}{_WORKFLOW}{version[0]}"


def verify(path: Path, bundle: Path, root: Path | None, signer: Signer) -> None:
    """Return if *bundle* proves that *signer* signed a file; by *root*, or the root that sigstore keeps.

    Raises:
        NotVerified: it does not.
        SettingError: a file cannot be used.
    """
    if not (exists(path) and path.is_file()):
        raise SettingError(f"{display(path)} is no file.", file=str(path))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    with _usable(bundle, "no Sigstore bundle in JSON"):
        written = content(bundle, "That is no bundle.")
        read = Bundle.from_json(written)
        is_statement = "dsseEnvelope" in json.loads(written)
    with _usable(root, "no root of trust in JSON"):
        verifier = Verifier(trusted_root=_root(root))
    policy = AllOf([Identity(identity=signer.identity), OIDCIssuerV2(signer.issuer)])
    try:
        if is_statement:
            _require_attested(digest.hex(), *verifier.verify_dsse(read, policy))
        else:
            hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=digest)
            verifier.verify_artifact(hashed, read, policy)
    except Exception as problem:  # noqa: BLE001  whatever code of others raises: it is not verified
        raise NotVerified(
            f"{display(path)} is not verified by {display(bundle)}: {_reason(problem)}."
        ) from None


def _root(path: Path | None) -> TrustedRoot:
    if path is None:
        return ClientTrustConfig.production(offline=True).trusted_root
    content(path, "That is no root of trust.")
    return TrustedRoot.from_file(str(path))


def _require_attested(digest: str, kind: str, payload: bytes) -> None:
    """Raise ValueError unless an in-toto statement says where a file with this hash comes from."""
    if kind != _STATEMENT:
        raise ValueError(f"what is signed is no in-toto statement, but {kind}")
    Statement(payload)  # raises if it is not whole
    said = json.loads(payload)
    if said["predicateType"] != _PROVENANCE:
        raise ValueError(f"what is signed is no provenance, but {said['predicateType']}")
    if digest not in (subject["digest"].get("sha256") for subject in said["subject"]):
        names = ", ".join(str(subject.get("name")) for subject in said["subject"])
        raise ValueError(f"it is of other files: {names}")


@contextmanager
def _usable(path: Path | None, otherwise: str) -> Iterator[None]:
    """Raise SettingError for what the library raises of a file that it reads."""
    try:
        yield
    except GbaGraphError:
        raise
    except Exception as problem:  # noqa: BLE001  whatever code of others raises: it is of no use
        what = "What sigstore keeps in its cache" if path is None else display(path)
        raise SettingError(f"{what} is {otherwise}: {_reason(problem)}.") from None


def _reason(problem: Exception) -> str:
    if isinstance(problem, CertValidationError):
        return (
            "the root of trust does not know who certified the signer, or not for that time "
            f"({problem}). If it is not the newest, name another with --trust-root"
        )
    return in_one_line(str(problem) or type(problem).__name__, _LONGEST).rstrip(".")
