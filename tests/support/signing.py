"""An authority of signatures as Sigstore has them: Fulcio, a log of certificates and Rekor in one.

Everything that it signs is of one moment in the past, so no test depends on the clock.
"""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
"""When all is signed."""
IDENTITY = "https://github.com/example/gbagraph/.github/workflows/release.yml@refs/tags/v0.3.0"
ISSUER = "https://token.actions.githubusercontent.com"
PROVENANCE = "https://slsa.dev/provenance/v1"
STATEMENT = "application/vnd.in-toto+json"
_ISSUER_OID = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_SCT_OID = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def b64(content):
    return base64.b64encode(content).decode()


def sha256(content):
    return hashlib.sha256(content).digest()


def key():
    return ec.generate_private_key(ec.SECP256R1())


def spki(private):
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signed(private, content):
    return private.sign(content, ec.ECDSA(hashes.SHA256()))


def usage(**wanted):
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in names})


def sized(content, width):
    """*content* behind its length, as TLS writes it (RFC 8446, section 3.4)."""
    return len(content).to_bytes(width, "big") + content


class Authority:
    """Keys and certificates of an authority, and what it makes of files.

    Its root certificate is valid for ``days`` from the day before the moment of signing.
    """

    def __init__(self, days=3650):
        self.root_key, self.log_key, self.rekor_key = key(), key(), key()
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of tests")])
        begin = MOMENT - timedelta(days=1)
        self.root = self._certificate(self.name, self.root_key, begin, begin + timedelta(days=days))
        for value, is_critical in (
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (usage(key_cert_sign=True, crl_sign=True), True),
        ):
            self.root = self.root.add_extension(value, critical=is_critical)
        self.root = self.root.sign(self.root_key, hashes.SHA256())

    def _certificate(self, subject, private, begin, end):
        identifier = x509.SubjectKeyIdentifier.from_public_key(private.public_key())
        builder = x509.CertificateBuilder(self.name, subject, private.public_key())
        return (
            builder.serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(identifier, critical=False)
        )

    def certificate(  # noqa: PLR0913  each is what a test changes
        self, private, identity, issuer, *, later=timedelta(0), code=True, log=None
    ):
        """A certificate of ten minutes; *log* signs that it has it, False: nobody does."""
        begin = MOMENT - timedelta(minutes=5) + later
        builder = self._certificate(x509.Name([]), private, begin, begin + timedelta(minutes=10))
        purpose = ExtendedKeyUsageOID.CODE_SIGNING if code else ExtendedKeyUsageOID.EMAIL_PROTECTION
        of_root = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key())
        name = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)])
        builder = (
            builder.add_extension(usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(of_root, critical=False)
            .add_extension(name, critical=True)
        )
        if issuer:
            text = b"\x0c" + sized(issuer.encode(), 1)
            builder = builder.add_extension(
                x509.UnrecognizedExtension(_ISSUER_OID, text), critical=False
            )
        if log is not False:
            timestamp = self._timestamp(builder, log or self.log_key)
            builder = builder.add_extension(
                x509.UnrecognizedExtension(_SCT_OID, timestamp), critical=False
            )
        return builder.sign(self.root_key, hashes.SHA256())

    def _timestamp(self, builder, log):
        """The list with a log's one timestamp for a certificate (RFC 6962, sections 3.2 and 3.3)."""
        bare = builder.sign(self.root_key, hashes.SHA256()).tbs_certificate_bytes
        when = int(MOMENT.timestamp() * 1000).to_bytes(8, "big")
        entry = b"\0\1" + sha256(spki(self.root_key)) + sized(bare, 3)
        signature = signed(log, b"\0\0" + when + entry + b"\0\0")
        timestamp = b"\0" + sha256(spki(log)) + when + b"\0\0" + b"\4\3" + sized(signature, 2)
        listed = sized(sized(timestamp, 2), 2)
        return b"\x04" + (b"" if len(listed) < 128 else b"\x81") + sized(listed, 1)

    @cached_property
    def trusted_root(self):
        """What others trust, as ``trusted_root.json`` has it."""
        valid = {"start": "2025-01-01T00:00:00Z"}

        def log(private):
            return {
                "baseUrl": "https://log.example",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": b64(spki(private)),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": valid,
                },
                "logId": {"keyId": b64(sha256(spki(private)))},
            }

        certificates = [{"rawBytes": b64(self.root.public_bytes(Encoding.DER))}]
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(self.rekor_key)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "tests", "commonName": "an authority of tests"},
                    "uri": "https://authority.example",
                    "certChain": {"certificates": certificates},
                    "validFor": valid,
                }
            ],
            "ctlogs": [log(self.log_key)],
            "timestampAuthorities": [],
        }

    def entry(self, kind, spec):
        """The entry of the log for something signed: the right one of two leaves, with its proofs."""
        body = json.dumps({"apiVersion": "0.0.1", "kind": kind, "spec": spec}).encode()
        neighbour = sha256(b"\0" + b"another entry")
        root = sha256(b"\1" + neighbour + sha256(b"\0" + body))
        log_id, when = sha256(spki(self.rekor_key)), int(MOMENT.timestamp())
        note = f"log.example - 1\n2\n{b64(root)}\n"
        signature = b64(log_id[:4] + signed(self.rekor_key, note.encode()))
        promised = {
            "body": b64(body),
            "integratedTime": when,
            "logID": log_id.hex(),
            "logIndex": 7,
        }
        promise = signed(self.rekor_key, json.dumps(promised, separators=(",", ":")).encode())
        return {
            "logIndex": "7",
            "logId": {"keyId": b64(log_id)},
            "kindVersion": {"kind": kind, "version": "0.0.1"},
            "integratedTime": str(when),
            "inclusionPromise": {"signedEntryTimestamp": b64(promise)},
            "inclusionProof": {
                "logIndex": "1",
                "rootHash": b64(root),
                "treeSize": "2",
                "hashes": [b64(neighbour)],
                "checkpoint": {"envelope": f"{note}\n\u2014 log.example {signature}\n"},
            },
            "canonicalizedBody": b64(body),
        }

    def bundle(self, content):
        """The bundle of a signature of *content* itself."""
        private = key()
        made = self.certificate(private, IDENTITY, ISSUER)
        signature = signed(private, content)
        spec = {
            "data": {"hash": {"algorithm": "sha256", "value": sha256(content).hex()}},
            "signature": {
                "content": b64(signature),
                "publicKey": {"content": b64(made.public_bytes(Encoding.PEM))},
            },
        }
        digest = {"algorithm": "SHA2_256", "digest": b64(sha256(content))}
        return self._bundle(
            made,
            self.entry("hashedrekord", spec),
            messageSignature={"messageDigest": digest, "signature": b64(signature)},
        )

    def attested(
        self,
        *contents,
        identity=IDENTITY,
        issuer=ISSUER,
        predicate=PROVENANCE,
        kind=STATEMENT,
        **certificate,
    ):
        """The bundle of a statement on *contents*, as GitHub's attestations are."""
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [
                {"name": f"file {number}", "digest": {"sha256": sha256(content).hex()}}
                for number, content in enumerate(contents)
            ],
            "predicateType": predicate,
            "predicate": {},
        }
        payload = json.dumps(statement).encode()
        private = key()
        made = self.certificate(private, identity, issuer, **certificate)
        encoded = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
        signature = b64(signed(private, encoded))
        verifier = b64(made.public_bytes(Encoding.PEM))
        spec = {
            "envelopeHash": {"algorithm": "sha256", "value": "0" * 64},
            "payloadHash": {"algorithm": "sha256", "value": sha256(payload).hex()},
            "signatures": [{"signature": signature, "verifier": verifier}],
        }
        envelope = {
            "payload": b64(payload),
            "payloadType": kind,
            "signatures": [{"sig": signature}],
        }
        return self._bundle(made, self.entry("dsse", spec), dsseEnvelope=envelope)

    @staticmethod
    def _bundle(certificate, entry, **signature):
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": b64(certificate.public_bytes(Encoding.DER))},
                "tlogEntries": [entry],
            },
            **signature,
        }
