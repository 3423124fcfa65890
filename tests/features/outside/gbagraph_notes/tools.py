from gbagraph.features.assistants.tool import Tool


async def _answer(asker, arguments):
    return {"note": ""}


NOTE = Tool("note", "A note", "Gives the note.", {"type": "object"}, {"type": "object"}, _answer)
