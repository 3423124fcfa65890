"""The server: a small parent process, and generations of processes that serve on its address."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from gbagraph.server.generations import Generations
from gbagraph.server.processes import listening

if TYPE_CHECKING:
    from gbagraph.settings import Settings


def serve(settings: Settings) -> None:
    """Serve until a signal stops the server, in as many processes as the settings say.

    Raises:
        DatasetError: the dataset cannot be loaded, now or on a restart of the fork server.
        QueryFileError: a canned query has a fault.
        SettingError: there is no such folder of queries.
        AddressError: nothing can listen on the address.
    """
    with listening(settings.host, settings.port) as sockets:
        number = Generations(settings, sockets).run()
    signal.raise_signal(number)
