"""A real Kafka for a test program, by deploy/kafka/kafka; stopped and removed at the program's end (check.cleanup)."""
import subprocess
import sys
from pathlib import Path

from check import cleanup, new_folder

KAFKA = Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "kafka"


class Broker:
    """A cluster of its own. `bootstrap` is host:port,...; `folder` holds its files, the secured variant's users, too."""

    def __init__(self, *options):
        self.folder = Path(new_folder())
        cleanup(self.run, "stop")
        self.bootstrap = self.start(*options)

    def start(self, *options):
        done = self.run("start", *options)
        if done.returncode != 0:
            raise AssertionError(f"start: {done.stderr}")
        return done.stdout.strip()

    def run(self, verb, *options):
        """Runs `kafka VERB --data ... OPTIONS`; gives the finished process with stdout and stderr."""
        done = subprocess.run([KAFKA, verb, "--data", self.folder, *options], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        sys.stderr.write(done.stderr)
        return done

    def states(self):
        """What `status` says of each node: ready, not or stopped."""
        return [line.split()[2] for line in self.run("status").stdout.splitlines()]
