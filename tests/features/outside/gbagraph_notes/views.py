import json
import sys

from gbagraph.web.context import content
from gbagraph_notes.settings import NoteSettings


async def page(context, request):
    """The note, as a page."""
    return context.page(request, "note.html", note=context.settings.of(NoteSettings).note)


async def modules(context, request):
    """The modules that the server process has imported, as JSON."""
    return content(json.dumps(sorted(sys.modules)), "application/json")
