"""A push service that takes everything and does next to nothing. Run as a script it says its port, then serves."""

import asyncio
import re

_TAKEN = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)\r\n")


class Taker(asyncio.Protocol):
    """Answers each whole request on a connection, which stays open."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self.transport, self.said = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer as soon as a request is whole."""
        self.said += data
        while (end := self.said.find(b"\r\n\r\n")) > 0:
            whole = end + 4 + int(_LENGTH.search(self.said[: end + 2])[1])
            if len(self.said) < whole:
                return
            self.said = self.said[whole:]
            self.transport.write(_TAKEN)


async def serve() -> None:
    """Until it is ended."""
    server = await asyncio.get_running_loop().create_server(Taker, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
