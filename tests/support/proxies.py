"""Web servers in front of ours, each with the file that ``deploy/`` has for it, and a certificate."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from support import ROOT, free_port, installed
from support.installed import Program, needs

DEPLOY = ROOT / "deploy"
NAME = "graph.example.org"
_CERTIFICATE = f"/etc/ssl/certs/{NAME}.pem"
_KEY = f"/etc/ssl/private/{NAME}.key"

_CADDY = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n"


class Authority:
    """A certificate for the name in the files of ``deploy/``, and who trusts it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert(NAME, "localhost")
        self.certificate, self.key = folder / "certificate.pem", folder / "key.pem"
        self.certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(self.key))
        self.trusting = ssl.create_default_context()
        authority.configure_trust(self.trusting)

    def placed(self, text: str) -> str:
        """A file of ``deploy/`` with this certificate."""
        return text.replace(_CERTIFICATE, str(self.certificate)).replace(_KEY, str(self.key))


@contextmanager
def nginx(folder: Path, port: int, authority: Authority, version: str = "1.1") -> Iterator[str]:
    """nginx with proxy.conf in front of the server at *port*; with 1.0, as Debian's nginx speaks."""
    needs("nginx")
    text = authority.placed((DEPLOY / "nginx" / "proxy.conf").read_text())
    if version == "1.0":
        text = text.replace("        proxy_http_version 1.1;\n", "")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    text = text.replace("listen 443 ssl;", "listen 127.0.0.1:{port} ssl;")
    with installed.nginx(folder, text) as url:
        yield url.replace("http:", "https:")


@contextmanager
def apache(folder: Path, port: int, authority: Authority) -> Iterator[str]:
    """Apache with proxy.conf in front of the server at *port*."""
    needs("apache2")
    text = authority.placed((DEPLOY / "apache" / "proxy.conf").read_text())
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("*:443", "*:{port}")
    with installed.apache(folder, text) as url:
        yield url.replace("http:", "https:")


@contextmanager
def caddy(folder: Path, port: int, authority: Authority) -> Iterator[str]:
    """Caddy with the Caddyfile in front of the server at *port*."""
    needs("caddy")
    own = free_port()
    text = (
        (DEPLOY / "caddy" / "Caddyfile").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    )
    tls = f"\ttls {authority.certificate} {authority.key}\n\tbind 127.0.0.1\n"
    text = text.replace(f"\n{NAME} {{\n", f"\nhttps://{NAME}:{own} {{\n{tls}")
    (folder / "Caddyfile").write_text(_CADDY + text)
    options = ("--config", folder / "Caddyfile", "--adapter", "caddyfile")
    with Program("caddy", "run", *options, port=own):
        yield f"https://127.0.0.1:{own}"
