"""What a browser loads before the start page of our site has loaded: hosts may pack nothing."""

import json
import sys

import pytest

from gbagraph.features.site import endpoint
from support import processes
from support.installed import needs

MOST = 60_000
"""Bytes; with a long address of the site, some thousands more."""
BUILT = """
import asyncio, json, re
from gbagraph.features.site.asking import asking
from gbagraph.features.site.building import Site
from gbagraph.features.site.crawl import Crawl
from gbagraph.features.site.places import NOWHERE, Places
from gbagraph.features.site.variants import Variants
from gbagraph.settings import Settings

class Everywhere(dict):
    def __contains__(self, key):
        return True

async def main():
    async with asking(Settings(), NOWHERE) as asked:
        variants = Variants()
        languages = ["en", "zh-Hans", "zh-Hant"]
        crawl = Crawl(asked, Places(asked.base, languages, (), variants.path, has_things=True))
        await crawl._ask("en", "/", "")
        for language, address, source in crawl._waiting:
            if address.startswith("/static/"):
                await crawl._ask(language, address, source)
        site = Site(crawl, variants)
        start, crawl.pages = crawl.pages["en", "/"], Everywhere(crawl.pages)
        page = site.page("en", "/", start, "index.html")
        files = {path: len(content) for path, content in site.files()}
        print(json.dumps([page, files]))

asyncio.run(main())
"""


@pytest.mark.processes
def test_the_start_page_is_small_until_it_has_loaded():
    needs("node")
    done = processes.run([sys.executable, "-c", BUILT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page, files = json.loads(done.stdout)
    loaded = [path for path in files if f'="./{path}"' in page]
    lazy = [path for path in loaded if f'loading="lazy" src="./{path}"' in page]
    later = [path for path in loaded if f'data-later="./{path}"' in page]
    waited = [path for path in loaded if path not in {*lazy, *later} and "/icon." not in path]

    assert (len(lazy), len(later), len(waited)) == (2, 1, 3)
    size = len(page.encode()) + (endpoint.BUILT / "boot.js").stat().st_size
    assert size + sum(files[path] for path in waited) <= MOST, (size, waited, files)
