"""A TCP proxy that does to connections what networks do: late, slow, torn, silent, in one direction or both.

    proxy = FaultProxy()                    # a thread of its own; ends with the program (check.cleanup)
    link = proxy.open_link(9092)            # listens at link.port, leads to 127.0.0.1:9092
    link.set_fault("delay", low_ms=50, high_ms=200)
    link.clear()

What a fault does, to the connections there are and to those that come, until clear():

  delay       each piece waits between low_ms and high_ms; order stays
  drip        piece_bytes go every 20 ms
  hang        nothing passes; connections are taken and stay silent
  up_drop     nothing passes towards the target, the other way all does; what was sent comes after clear(), as lost
  down_drop   packets that are sent again do; down: nothing passes from the target
  half_close  the target's end is closed for what is there: the client reads the end, what it writes still goes through
  reset       what is there is reset, and whatever comes at once, too
"""
import asyncio
import random
import socket
import struct
import threading

from check import cleanup

PIECE_BYTES = 65536
DRIP_S = 0.02
FAULTS = ("delay", "drip", "hang", "up_drop", "down_drop", "half_close", "reset")
BLOCKED = {"hang": ("up", "down"), "up_drop": ("up",), "down_drop": ("down",)}


class Link:
    """One port, and the target that its connections are led to. Methods may be called from any thread."""

    def __init__(self, loop, target_port, chance):
        self.loop, self.target_port, self.random = loop, target_port, chance
        self.port = None
        self.fault, self.options = None, {}
        self.connections = set()  # the writers of both ends of each
        self.half_closed = set()  # writers that are closed for writing: what should go there is thrown away
        self.is_clear = asyncio.Event()
        self.is_clear.set()

    def set_fault(self, fault, **options):
        self.run(self.apply, fault, options)

    def clear(self):
        self.run(self.apply, None, {})

    def run(self, function, *args):
        async def call():
            function(*args)
        asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)

    def apply(self, fault, options):
        self.fault, self.options = fault, options
        if fault in BLOCKED:
            self.is_clear.clear()
        else:
            self.is_clear.set()
        for client, target in list(self.connections):
            if fault == "reset":
                reset(client, target)
            elif fault == "half_close" and client not in self.half_closed and not client.is_closing():
                self.half_closed.add(client)
                client.write_eof()

    async def serve(self, client_reader, client):
        if self.fault == "reset":
            reset(client)
            return
        try:
            target_reader, target = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            reset(client)  # nobody listens there
            return
        self.connections.add((client, target))
        try:
            await asyncio.gather(self.pump("up", client_reader, target), self.pump("down", target_reader, client))
            client.close()
            target.close()
        except OSError:  # one end was reset: so is the other
            reset(client, target)
        finally:
            self.connections.discard((client, target))
            self.half_closed.discard(client)

    async def pump(self, way, reader, writer):
        """Passes on what comes, until its end."""
        data = await reader.read(PIECE_BYTES)
        while data:
            while way in BLOCKED.get(self.fault, ()):
                await self.is_clear.wait()
            await self.pass_on(data, writer)
            data = await reader.read(PIECE_BYTES)
        if writer not in self.half_closed and not writer.is_closing():
            writer.write_eof()

    async def pass_on(self, data, writer):
        if self.fault == "delay":
            await asyncio.sleep(self.random.uniform(self.options["low_ms"], self.options["high_ms"]) / 1000)
        while self.fault == "drip" and data and writer not in self.half_closed:
            piece, data = data[:self.options["piece_bytes"]], data[self.options["piece_bytes"]:]
            writer.write(piece)
            await asyncio.sleep(DRIP_S)
        if writer not in self.half_closed:
            writer.write(data)
            await writer.drain()


def reset(*writers):
    """Ends connections as a host does that knows nothing of them."""
    for writer in (writer for writer in writers if not writer.is_closing()):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


class FaultProxy:
    def __init__(self, seed=0):
        self.random = random.Random(seed)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        cleanup(self.close)

    def open_link(self, target_port):
        return asyncio.run_coroutine_threadsafe(self.start_link(target_port), self.loop).result(10)

    async def start_link(self, target_port):
        link = Link(self.loop, target_port, self.random)
        server = await asyncio.start_server(link.serve, "127.0.0.1", 0)
        link.port = server.sockets[0].getsockname()[1]
        return link

    def close(self):
        async def stop():
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            self.loop.call_soon(self.loop.stop)
        asyncio.run_coroutine_threadsafe(stop(), self.loop)
        self.thread.join(10)
