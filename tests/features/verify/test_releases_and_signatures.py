"""A release is what the package says, and signed as it should be: by an authority of the tests' own."""

import base64
import copy
import gzip
import hashlib
import json
import shutil
import sys
from datetime import timedelta
from functools import reduce

import pytest
from typer.testing import CliRunner

import gbagraph
from gbagraph import publication
from gbagraph.cli import app
from gbagraph.dataset import identity
from gbagraph.dataset.identity import releases
from gbagraph.paths import resource
from support import ROOT
from support.signing import IDENTITY, ISSUER, Authority, b64, key

CONTENT = b"What a release publishes."
RELEASES = resource("data", "releases")


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def verify():
    """Run the command; its exit code, what it prints, and what it complains of."""

    def run(*arguments):
        done = CliRunner().invoke(app, ["verify", *map(str, arguments)])
        return done.exit_code, done.stdout, done.stderr

    yield run
    publication.use(publication.OWN)


@pytest.fixture
def check(verify, authority, tmp_path):
    """Run it on a file and a bundle; by the root of trust of the authority, if no other is given."""

    def run(bundle, *options, content=CONTENT, root=None, name="gbagraph-0.3.0.tar.gz"):
        files = {name: content, "bundle": bundle, "root": root or authority.trusted_root}
        for each, given in files.items():
            written = given if isinstance(given, bytes) else json.dumps(given).encode()
            (tmp_path / each).write_bytes(written)
        if "--identity" not in options:
            options = ("--identity", IDENTITY, *options)
        given = ("--bundle", tmp_path / "bundle", "--trust-root", tmp_path / "root")
        return verify(tmp_path / name, *given, *options)

    return run


# --- The files of a release -------------------------------------------------------------------------


@pytest.mark.parametrize("version", releases())
def test_a_release_is_as_its_checksums_say(verify, version):
    code, out, _ = verify(version)

    assert code == 0
    assert out.splitlines() == [
        f"The files and the hash of {version} are as data/releases/{version}.sha256 says.",
        "Only a signature says who made them: --bundle FILE.",
    ]


@pytest.mark.parametrize("version", releases())
def test_checksums_are_of_all_files_of_a_release_as_sha256sum_has_them(version):
    head, *lines = (RELEASES / f"{version}.sha256").read_text().splitlines()
    files = (path for path in RELEASES.rglob(f"{version}.*") if path.suffix != ".sha256")

    assert head == f"# Dataset-Hash: {gbagraph.open(version).hash}"
    assert {tuple(line.split("  ")) for line in lines} == {
        (hashlib.sha256(path.read_bytes()).hexdigest(), path.relative_to(RELEASES).as_posix())
        for path in files
    }


def replaced(name, old, new):
    def change(folder):
        path = folder / name
        path.write_bytes(path.read_bytes().replace(old, new))

    return change


def other_data(folder):
    """Change the data, and their checksum with them, but not the hash of the data."""
    path, sums = folder / "0.3.0.nq.gz", folder / "0.3.0.sha256"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(gzip.compress(b"<a:a> <a:b> <a:c> .\n"))
    after = hashlib.sha256(path.read_bytes()).hexdigest()
    sums.write_text(sums.read_text().replace(before, after))


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        (lambda folder: (folder / "0.3.0.nq.gz").write_bytes(b"no archive"), "0.3.0.nq.gz"),
        (lambda folder: (folder / "queries/0.3.0.zip").unlink(), "queries/0.3.0.zip"),
        (replaced("0.3.0.sha256", b"7886c48e", b"0886c48e"), "queries/0.3.0.zip"),
        (replaced("0.3.0.sha256", b"queries", b"others"), "others/0.3.0.zip, queries/0.3.0.zip"),
        (
            lambda folder: (folder / "0.3.0.sha256").write_bytes(b"\xff"),
            "0.3.0.nq.gz, inferred/0.3.0.nq.gz, queries/0.3.0.zip",
        ),
        (other_data, "Dataset-Hash"),
    ],
    ids=["data", "no queries", "checksum", "name", "no checksums", "hash of the data"],
)
def test_a_release_that_is_another_is_found(verify, monkeypatch, tmp_path, change, differing):
    folder = shutil.copytree(RELEASES, tmp_path / "data" / "releases")
    monkeypatch.setattr(identity, "resource", tmp_path.joinpath)
    change(folder)

    code, out, err = verify("0.3.0")
    assert (code, out) == (1, "")
    assert err.startswith(f"{differing}: not as ")


def test_a_release_without_checksums_is_trouble(verify, monkeypatch, tmp_path):
    folder = shutil.copytree(RELEASES, tmp_path / "data" / "releases")
    monkeypatch.setattr(identity, "resource", tmp_path.joinpath)
    (folder / "0.3.0.sha256").unlink()

    code, _, err = verify("0.3.0")
    assert (code, "0.3.0.sha256 is missing" in err) == (2, True)


# --- Who signed it ----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["bundle", "attested"])
def test_what_was_signed_as_it_should_be_is_verified(check, authority, form):
    code, out, err = check(getattr(authority, form)(CONTENT))

    assert (code, err) == (0, "")
    assert out.endswith(f"gbagraph-0.3.0.tar.gz was signed by {IDENTITY}, by {ISSUER}.\n")


def test_the_bundle_of_a_release_is_of_its_checksums(verify, authority, tmp_path):
    bundle, root = tmp_path / "bundle", tmp_path / "root"
    root.write_text(json.dumps(authority.trusted_root))
    options = ("--bundle", bundle, "--trust-root", root, "--identity", IDENTITY)
    bundle.write_text(json.dumps(authority.attested(b"", (RELEASES / "0.3.0.sha256").read_bytes())))

    code, out, _ = verify("0.3.0", *options)
    assert (code, len(out.splitlines())) == (0, 2)
    code, _, err = verify("0.2.0", *options)
    assert code == 1
    assert "it is of other files: file 0, file 1." in err


@pytest.fixture
def repository(monkeypatch, tmp_path):
    """The package as it is where it names its repository."""
    folder = tmp_path / "gbagraph-0.dist-info"
    folder.mkdir()
    link = "Repository, https://github.com/example/gbagraph"
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: gbagraph\nVersion: 0\nProject-URL: {link}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("repository")
def test_by_default_the_workflow_of_the_repository_must_have_signed_at_the_tag(check, authority):
    attested = authority.attested(CONTENT)

    assert check(attested, "--identity", "")[0] == 0
    code, _, err = check(attested, "--identity", "", name="gbagraph-0.4.0.tar.gz")
    assert code == 1
    assert "do not match https://github.com/example/gbagraph/.github/workflows/" in err
    code, _, err = check(attested, "--identity", "", name="archive.tar.gz")
    assert code == 2
    assert "archive.tar.gz is not known, for its name has no version. Give --identity" in err


def test_without_an_identity_nothing_is_verified(check, authority, monkeypatch, tmp_path):
    folder = tmp_path / "gbagraph-0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.4\nName: gbagraph\nVersion: 0\n")
    monkeypatch.syspath_prepend(tmp_path)

    code, out, err = check(authority.attested(CONTENT), "--identity", "")
    assert (code, out) == (2, "")
    assert "for this package names no repository. Give --identity" in err


REFUSED = {
    "another file": ({}, {"content": b"Other bytes."}, "it is of other files: file 0."),
    "another workflow": ({"identity": IDENTITY.replace("release", "tests")}, {}, "do not match"),
    "another tag": ({"identity": IDENTITY.replace("v0.3.0", "v0.3.1")}, {}, "do not match"),
    "another issuer": ({"issuer": "https://accounts.example"}, {}, "OIDCIssuerV2 does not match"),
    "no issuer": ({"issuer": ""}, {}, "does not contain OIDCIssuerV2"),
    "no log of certificates": ({"log": False}, {}, "SCT"),
    "another log of certificates": ({"log": key()}, {}, "SCT"),
    "a certificate that came later": ({"later": timedelta(hours=1)}, {}, "not for that time"),
    "a certificate that had ended": ({"later": timedelta(hours=-1)}, {}, "not for that time"),
    "a certificate for something else": ({"code": False}, {}, "code signing"),
    "another root of trust": ({}, {"root": Authority().trusted_root}, "does not know who"),
    "another statement": ({"predicate": "https://example.org/bad"}, {}, "is no provenance, but"),
    "no statement": ({"kind": "text/plain"}, {}, "is no in-toto statement, but text/plain"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_was_not_signed_so_is_not_verified(check, authority, name):
    changes, given, says = REFUSED[name]
    code, out, err = check(authority.attested(CONTENT, **changes), **given)

    assert (code, out) == (1, "")
    assert says in err


def test_another_file_than_was_signed_is_not_verified(check, authority):
    code, out, err = check(authority.bundle(CONTENT), content=b"Other bytes.")

    assert (code, out) == (1, "")
    assert "digest mismatch" in err


def test_a_root_that_had_ended_certifies_nobody(check):
    ended = Authority(days=0.5)
    code, _, err = check(ended.attested(CONTENT), root=ended.trusted_root)

    assert (code, "not for that time" in err) == (1, True)


def test_the_root_that_sigstore_keeps_does_not_know_us(verify, authority, monkeypatch, tmp_path):
    """By the root of the public service, without asking it."""
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    file, bundle = tmp_path / "file", tmp_path / "bundle"
    file.write_bytes(CONTENT)
    bundle.write_text(json.dumps(authority.attested(CONTENT)))

    code, _, err = verify(file, "--bundle", bundle, "--identity", IDENTITY)
    assert code == 1
    assert "the root of trust does not know who certified the signer" in err


def test_the_entry_of_another_signature_is_none_of_this(check, authority):
    """Each is whole, but the log has no such signature."""
    for form in ("bundle", "attested"):
        one, other = (getattr(authority, form)(CONTENT) for _ in range(2))
        entries = other["verificationMaterial"]["tlogEntries"]
        one["verificationMaterial"]["tlogEntries"] = entries

        code, _, err = check(one)
        assert (code, "log entry" in err) == (1, True)


def leaves(value, path=()):
    """The path to each text within a JSON value."""
    if isinstance(value, str):
        yield path
    else:
        for name in value if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[name], (*path, name))


def changed(value):
    """Another text: of base64 or a number, one of the same kind."""
    if value.isdecimal():
        return str(int(value) + 1)
    try:
        content = bytearray(base64.b64decode(value, validate=True))
    except ValueError:
        return f"{value[:-2]}!{value[-1]}"
    content[len(content) // 2] ^= 1
    return b64(content)


def altered(whole, path, *, is_missing):
    """A copy in which the text at *path* is missing, or another one."""
    copied = copy.deepcopy(whole)
    *parents, name = path
    place = reduce(lambda value, part: value[part], parents, copied)
    if is_missing:
        del place[name]
    else:
        place[name] = changed(place[name])
    return copied


@pytest.mark.parametrize("is_missing", [False, True], ids=["changed", "missing"])
@pytest.mark.parametrize("form", ["bundle", "attested"])
def test_a_bundle_with_anything_changed_or_missing_verifies_nothing(
    check, authority, form, is_missing
):
    whole = getattr(authority, form)(CONTENT)
    paths = list(leaves(whole))

    assert len(paths) > 15
    assert [
        path for path in paths if not check(altered(whole, path, is_missing=is_missing))[0]
    ] == []


MALFORMED = {
    "empty": b"",
    "no JSON": b"-----BEGIN CERTIFICATE-----",
    "another JSON": {"mediaType": "application/json"},
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "huge": b" " * 2_000_000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_bundle_or_root_of_trust_is_trouble(check, authority, name):
    says = "has more than 1048576 bytes" if name == "huge" else "is no Sigstore bundle in JSON: "
    code, out, err = check(MALFORMED[name])
    assert (code, out, says in err) == (2, "", True)
    says = says.replace("Sigstore bundle", "root of trust")
    code, out, err = check(authority.attested(CONTENT), root=MALFORMED[name] or b" ")
    assert (code, out, says in err) == (2, "", True)


def test_a_bundle_that_is_cut_off_is_trouble(check, authority):
    whole = json.dumps(authority.attested(CONTENT)).encode()

    assert {check(whole[:length])[0] for length in range(1, len(whole), 997)} == {2}


def test_what_a_stranger_writes_controls_no_terminal(check, authority):
    code, _, err = check(authority.attested(CONTENT, kind="text/\x1b[2J"))

    assert code == 1
    assert err.strip().isprintable()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["9.9.9"], "9.9.9 is neither a release nor a file. Releases: 0.1.0,"),
        (["x" * 5000], "is neither a release nor a file"),
        (["README.md"], "What README.md should be, a bundle tells"),
        (["none.nq.gz", "--bundle", "README.md", "--identity", "a"], "none.nq.gz is no file"),
        (["data", "--bundle", "README.md", "--identity", "a"], "data is no file"),
        (["README.md", "--bundle", "none", "--identity", "a"], "none cannot be read: No such file"),
        (["README.md", "--bundle", "data", "--identity", "a"], "data cannot be read: Is a dir"),
        (["--bundle", "README.md"], "Name the release"),
        (["--identity", "a"], "Name the release"),
        (["0.3.0", "--issuer", "a"], "need the bundle: --bundle FILE"),
        (["0.3.0", "--text", "README.md"], "without --text, --data and --format"),
        (["0.3.0", "--format", "json"], "without --text, --data and --format"),
    ],
)
def test_wrong_usage_of_releases_is_refused(verify, monkeypatch, options, says):
    monkeypatch.chdir(ROOT)
    code, out, err = verify(*options)

    assert (code, out, says in err) == (2, "", True)


def test_the_setting_of_the_text_does_not_stand_against_a_release(verify, monkeypatch):
    monkeypatch.setenv("GBAGRAPH_SOURCE_TEXT", "none")

    assert verify("0.3.0")[0] == 0


def test_only_bundles_need_the_extra(verify, check, authority, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "sigstore"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sigstore", None)

    assert verify("0.3.0")[0] == 0
    code, out, err = check(authority.attested(CONTENT))
    assert (code, out) == (3, "")
    assert "Install it by: pip install 'gbagraph[verify]'" in err
