"""Modules of the browser's endpoint, run by Node."""

import json
from pathlib import Path
from typing import Any

from support import ROOT, processes

ENDPOINT = ROOT / "frontend" / "endpoint"


def evaluated(module: str | Path, script: str, given: object = None) -> Any:
    """What *script* returns: the body of a function of a *module* and of what is *given*."""
    program = f"""
    import * as module from "{(ENDPOINT / module).as_uri()}";
    const text = [];
    for await (const part of process.stdin) text.push(part);
    const given = JSON.parse(Buffer.concat(text));
    const run = async (module, given) => {{ {script} }};
    process.stdout.write(JSON.stringify(await run(module, given)));
    """
    command = ["node", "--input-type=module", "-e", program]
    done = processes.run(command, input=json.dumps(given), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
