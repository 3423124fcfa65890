"""An assistant: the official SDK's client, talking to ``gbagraph mcp`` as a process."""

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from anyio.from_thread import start_blocking_portal
from mcp import Client, StdioServerParameters, stdio_client

from support import RunningServer

COMMAND = (sys.executable, "-m", "gbagraph", "mcp")


class Assistant:
    """A client whose calls block; *connection* is a transport, or the address of a server."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._stack = ExitStack()

    @classmethod
    def over_stdio(cls, *options: object, command: tuple[str, ...] = COMMAND, **more: Any) -> Self:
        """One that starts *command* with these options."""
        program, *arguments = [*command, *map(str, options)]
        # The SDK would pass on little of the environment, and not where this package is.
        more.setdefault("env", dict(os.environ))
        parameters = StdioServerParameters(command=str(program), args=arguments, **more)
        return cls(stdio_client(parameters))

    def __enter__(self) -> Self:
        self._portal = self._stack.enter_context(start_blocking_portal())
        client = self._portal.call(self._client)
        self.client = self._stack.enter_context(self._portal.wrap_async_context_manager(client))
        return self

    async def _client(self) -> Client:
        return Client(self._connection)

    def __exit__(self, *problem: object) -> None:
        self._stack.__exit__(*problem)

    def tools(self) -> dict[str, Any]:
        """The tools by name."""
        return {tool.name: tool for tool in self._portal.call(self.client.list_tools).tools}

    def result(self, name: str, **arguments: Any) -> Any:
        """What a tool gives, whether it is an answer or an error."""
        return self._portal.call(self.client.call_tool, name, arguments)

    def call(self, name: str, **arguments: Any) -> Any:
        """The answer of a tool."""
        found = self.result(name, **arguments)
        assert not found.is_error, found.content
        return found.structured_content

    def error(self, name: str, **arguments: Any) -> Any:
        """The error of a tool."""
        found = self.result(name, **arguments)
        assert found.is_error, found.structured_content
        return found.structured_content

    def resources(self) -> list[str]:
        """The addresses of the resources, and of their templates."""
        listed = self._portal.call(self.client.list_resources).resources
        templates = self._portal.call(self.client.list_resource_templates).resource_templates
        return [*(row.uri for row in listed), *(row.uri_template for row in templates)]

    def read(self, uri: str) -> str:
        """The text of a resource."""
        return self._portal.call(self.client.read_resource, uri).contents[0].text


class ToolServer(RunningServer):
    """``gbagraph mcp --transport http``; *url* is where clients connect."""

    command = ("mcp", "--transport", "http")

    def __enter__(self) -> Self:
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        super().__enter__()
        self.url += "/mcp"
        return self

    @property
    def said(self) -> str:
        """All that it has written."""
        return Path(self.log.name).read_text()

    def __exit__(self, *problem: object) -> None:
        super().__exit__(*problem)
        self.log.close()
