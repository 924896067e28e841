"""A mail server that takes everything and keeps nothing: `python -m benchmarks.sink PORT`, any number on one port."""

import asyncio
import socket
import sys

_END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One connection; knows just enough SMTP to be sent to."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._buffer, self._in_text = b"", False
        self._transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answers = []
        while True:
            head, found, rest = self._buffer.partition(_END if self._in_text else b"\r\n")
            if not found:
                break
            self._buffer, verb = rest, head[:4].upper()
            if self._in_text or verb != b"DATA":
                self._in_text = False
                answers.append(b"250-sink\r\n250 PIPELINING\r\n" if verb == b"EHLO" else b"250 OK\r\n")
            else:
                self._in_text = True
                answers.append(b"354 go on\r\n")
        self._transport.write(b"".join(answers))


async def serve(port: int) -> None:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind(("127.0.0.1", port))
    server = await asyncio.get_running_loop().create_server(Sink, sock=listening)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
