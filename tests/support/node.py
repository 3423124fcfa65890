"""Modules of the browser's endpoint, run by Node."""

import json
from pathlib import Path
from typing import Any

from support import ROOT, processes

ENDPOINT = ROOT / "frontend" / "endpoint"
_WITHOUT_ENGINE = """
import { register } from "node:module";
const none = { url: "data:text/javascript,export default null", shortCircuit: true };
const resolve = `export const resolve = (name, context, next) =>
  (name === "oxigraph" ? ${JSON.stringify(none)} : next(name, context));`;
register(`data:text/javascript,${encodeURIComponent(resolve)}`);
"""
"""The engine is in what is built; its package is not there where nothing was."""


def evaluated(module: str | Path, script: str, given: object = None) -> Any:
    """What *script* returns: the body of a function of a *module* and of what is *given*."""
    program = f"""{_WITHOUT_ENGINE}
    const module = await import("{(ENDPOINT / module).as_uri()}");
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
