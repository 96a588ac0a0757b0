"""An IRC server and an MQTT broker that do as little as one room needs, and what a test tells them to do wrong."""

import asyncio


class FakeBroker:
    """`forget`: of every so many messages one does not reach the member who came last. `refuse`: nobody comes in."""

    def __init__(self, forget=0, refuse=False):
        self._forget = forget
        self.refuse = refuse
        self.members = []
        self._said = 0
        self._server = None

    async def start(self, tls=None):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        return self._server.sockets[0].getsockname()[1]

    async def end(self):
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        try:
            await self.converse(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()

    def tell(self, wire, but=None):
        self._said += 1
        forgotten = self.members[-1] if self._forget and self._said % self._forget == 0 else None
        for member in self.members:
            if member not in (but, forgotten):
                member.write(wire)


class FakeIrc(FakeBroker):

    async def converse(self, reader, writer):
        while line := await reader.readline():
            command, _, rest = line.decode().rstrip().partition(" ")
            if command == "USER":
                # Somebody who does not answer this is not let in.
                writer.write(b":fake 433 * p :in use\r\n" if self.refuse else b"PING :are-you-there\r\n")
            elif (command, rest) == ("PONG", ":are-you-there"):
                writer.write(b":fake 001 p :Welcome\r\n:fake 422 p :No message of the day\r\n")
            elif command == "JOIN":
                self.members.append(writer)
                writer.write(f":fake 366 p {rest} :End\r\n".encode())
            elif command == "PRIVMSG":
                self.tell(b":p!p@fake " + line, but=writer)


class FakeMqtt(FakeBroker):
    CONNECT, PUBLISH, SUBSCRIBE, PINGREQ = 0x10, 0x30, 0x82, 0xC0

    @staticmethod
    async def _packet(reader):
        header = await reader.readexactly(2)
        while header[-1] & 0x80:
            header += await reader.readexactly(1)
        length = sum((byte & 0x7F) << (7 * i) for i, byte in enumerate(header[1:]))
        return header, await reader.readexactly(length)

    async def converse(self, reader, writer):
        while True:
            header, body = await self._packet(reader)
            if header[0] == self.CONNECT:
                writer.write(b"\x20\x02\x00" + (b"\x05" if self.refuse else b"\x00"))
            elif header[0] == self.SUBSCRIBE:
                self.members.append(writer)
                writer.write(b"\x90\x03" + body[:2] + b"\x00")
            elif header[0] == self.PUBLISH:
                self.tell(header + body)
            elif header[0] == self.PINGREQ:
                writer.write(b"\xd0\x00")
