"""Free ports on loopback, held until the caller's own process listens on them.

The ports are taken from below the range that the system hands to outgoing connections. Each is held by a bound socket
that does not listen: another find of the same kind fails to bind it, while the broker, which sets SO_REUSEADDR as every
server does, can. So clusters that start at the same time never pick the same port.
"""
import random
import socket

FIRST, LAST = 20000, 29999


class Ports:
    def __init__(self):
        self.held = []

    def find(self):
        """A free port, held until close()."""
        for port in random.sample(range(FIRST, LAST + 1), 1000):
            if self.hold(port):
                return port
        raise OSError(f"no free port between {FIRST} and {LAST}")

    def hold(self, port):
        """Holds this very port; False if it is in use."""
        holder = socket.socket()
        try:
            holder.bind(("127.0.0.1", port))
        except OSError:
            holder.close()
            return False
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.append(holder)
        return True

    def close(self):
        for holder in self.held:
            holder.close()
        self.held.clear()
