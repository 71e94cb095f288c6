"""One broker's process: started, signalled and watched, never mistaken for another.

A node's folder holds server.properties, its data, kafka.log and kafka.pid. The pid file names the pid and the time at
which the process started, as the kernel counts it; the node counts as running only if a process with both is there and
its command line names this very server.properties. So a pid that the system gave away again is never signalled.
"""
import json
import os
import signal
import subprocess
import time
from pathlib import Path

LOG4J = Path(__file__).with_name("log4j2.properties")
# One small broker for trials and tests: quick to start, 170 MB. Not for production.
JVM = ["-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Dlog4j2.configurationFile={LOG4J}"]


def java(jars, *words):
    return ["java", *JVM, "-cp", f"{jars}/*", *map(str, words)]


class Node:
    def __init__(self, folder, node_id, port, controller_port):
        self.folder, self.id, self.port, self.controller_port = Path(folder), node_id, port, controller_port
        self.properties = self.folder / "server.properties"
        self.log = self.folder / "kafka.log"
        self.pid_file = self.folder / "kafka.pid"

    def start(self, jars):
        """Starts the process, which outlives the caller; returns at once."""
        with open(self.log, "ab") as log:
            process = subprocess.Popen(java(jars, "kafka.Kafka", self.properties), cwd=self.folder,
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        draft = self.pid_file.with_suffix(".draft")
        draft.write_text(json.dumps({"pid": process.pid, "started": start_time(process.pid)}))
        draft.rename(self.pid_file)
        return process

    def find_pid(self):
        """The pid of the node's process; None if it is not running."""
        try:
            noted = json.loads(self.pid_file.read_text())
            command = Path(f"/proc/{noted['pid']}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        is_ours = start_time(noted["pid"]) == noted["started"] and os.fsencode(self.properties) in command
        return noted["pid"] if is_ours else None

    def signal(self, number):
        """Sends the signal; False if the node is not running."""
        pid = self.find_pid()
        if pid is None:
            return False
        os.kill(pid, number)
        return True

    def wait_gone(self, deadline):
        """Waits until the process has ended; False if it has not by the deadline (of time.monotonic())."""
        while self.find_pid() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def stop(self, deadline):
        """A clean stop, or after the deadline a kill; True if it was clean. A frozen process is woken first."""
        self.signal(signal.SIGCONT)
        if self.wait_gone(deadline):
            return True
        self.signal(signal.SIGKILL)
        self.wait_gone(time.monotonic() + 10)
        return False

    def log_tail(self, lines=15):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


def start_time(pid):
    """When the process started, in the kernel's ticks since boot; None if there is none, or only its remains."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])
