"""A cluster of 1 or 3 brokers in KRaft mode, all it is in one folder: cluster.json, node-<id>/, the secured variant's files.

The folder is made once, by create_cluster(), and can then be started, stopped and broken any number of times; ports
and data stay. Commands on the same folder exclude each other by a lock; different folders do not know of each other.
"""
import contextlib
import fcntl
import json
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from node import Node, java
from ports import Ports
from secure import ACLS, Secure
from wire import WireError, count_acls, list_brokers

START_S = 90  # how long a node may take to be ready; the usual is 3
STOP_S = 15   # how long a clean stop may take before the kill


class ClusterError(Exception):
    """What was asked cannot be done; the text says why."""


class Cluster:
    def __init__(self, folder, description):
        self.folder = Path(folder)
        self.cluster_id, self.release = description["cluster_id"], description["release"]
        self.secure = Secure(folder) if description["secure"] else None
        self.why_not_ready = ""
        self.has_acls = False  # known only of a secured cluster that was made completely
        self.nodes = [Node(self.folder / f"node-{node['id']}", node["id"], node["port"], node["controller_port"])
                      for node in description["nodes"]]

    @property
    def bootstrap(self):
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def node(self, node_id):
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise ClusterError(f"there is no node {node_id} in {self.folder}: 1 to {len(self.nodes)}")

    def start(self, jars, nodes):
        """Starts those of the nodes that do not run, and waits until every node that runs is ready."""
        processes = [(node, node.start(jars)) for node in nodes if node.find_pid() is None]
        try:
            self.wait_ready(processes)
        except BaseException:  # an interrupt, too, leaves nothing behind
            for node, _ in processes:
                node.stop(time.monotonic())
            raise

    def wait_ready(self, processes):
        running = [node for node in self.nodes if node.find_pid() is not None]
        deadline = time.monotonic() + START_S
        for node in running:
            while not self.is_ready(node, len(running)):
                self.check_alive(processes)
                if time.monotonic() > deadline:
                    raise ClusterError(f"node {node.id} is not ready after {START_S} s: {self.why_not_ready}\n"
                                       f"{node.log_tail()}")
                time.sleep(0.05)

    def check_alive(self, processes):
        for node, process in processes:
            if process.poll() is not None:
                raise ClusterError(f"node {node.id} ended with {process.returncode}:\n{node.log_tail()}")

    def is_ready(self, node, at_least):
        """True if the node answers a client, sees that many brokers and, where the cluster has ACLs, goes by them."""
        credentials = self.secure.credentials() if self.secure else None
        try:
            brokers = list_brokers(node.port, credentials)
            self.why_not_ready = f"it sees the brokers {brokers}, or not all ACLs yet"
            return len(brokers) >= at_least and (not self.has_acls or count_acls(node.port, credentials) >= len(ACLS))
        except (OSError, WireError) as error:
            self.why_not_ready = str(error)
            return False

    def stop(self):
        """Stops all nodes; gives the ids of those that had to be killed."""
        deadline = time.monotonic() + STOP_S
        for node in self.nodes:
            node.signal(signal.SIGCONT)
            node.signal(signal.SIGTERM)
        return [node.id for node in self.nodes if not node.stop(deadline)]

    def write_properties(self):
        for node in self.nodes:
            node.folder.mkdir()
            values = {**self.plain_properties(node), **(self.secure.properties() if self.secure else {})}
            node.properties.touch(mode=0o600)
            node.properties.write_text("".join(f"{key}={value}\n" for key, value in values.items()))

    def plain_properties(self, node):
        copies, quorum = len(self.nodes), len(self.nodes) // 2 + 1
        client = f"CLIENT://127.0.0.1:{node.port}"
        voters = ",".join(f"{voter.id}@127.0.0.1:{voter.controller_port}" for voter in self.nodes)
        return {
            "process.roles": "broker,controller", "node.id": node.id, "log.dirs": node.folder / "data",
            "controller.quorum.voters": voters, "controller.listener.names": "CONTROLLER",
            "listeners": f"{client},CONTROLLER://127.0.0.1:{node.controller_port}", "advertised.listeners": client,
            "inter.broker.listener.name": "CLIENT",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,CLIENT:PLAINTEXT",
            "num.network.threads": 1, "num.io.threads": 2, "auto.create.topics.enable": "false",
            "default.replication.factor": copies, "min.insync.replicas": quorum,
            "offsets.topic.replication.factor": copies, "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": copies, "transaction.state.log.min.isr": quorum,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": quorum,
            "group.initial.rebalance.delay.ms": 0,
            # Small buffers; and compaction soon enough to be seen.
            "log.cleaner.dedupe.buffer.size": 2097152, "log.cleaner.backoff.ms": 1000,
        }

    def format(self, jars):
        """Makes the nodes' data folders, all at a time."""
        options = self.secure.format_options() if self.secure else []
        running = [(node, subprocess.Popen(java(jars, "kafka.tools.StorageTool", "format", "-t", self.cluster_id,
                                                "-c", node.properties, *options),
                                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                           text=True)) for node in self.nodes]
        for node, process in running:
            output = process.communicate()[0]
            if process.returncode != 0:
                raise ClusterError(f"format node {node.id}:\n{output}")


@contextlib.contextmanager
def lock_folder(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def load_cluster(folder):
    """The cluster of a folder; None if there is none."""
    try:
        description = json.loads((Path(folder) / "cluster.json").read_text())
    except FileNotFoundError:
        return None
    cluster = Cluster(folder, description)
    cluster.has_acls = cluster.secure is not None
    return cluster


def create_cluster(folder, jars, release, node_count, first_port, is_secure):
    """Makes and starts a new cluster. Broker i listens on first_port + i - 1, or with 0 on a free port."""
    ports = Ports()
    for left in Path(folder).glob("node-[123]"):  # of a start that was cut short
        shutil.rmtree(left)
    try:
        nodes = [{"id": i + 1, "port": pick_port(ports, first_port and first_port + i), "controller_port": ports.find()}
                 for i in range(node_count)]
        description = {"cluster_id": new_cluster_id(), "release": release, "secure": is_secure, "nodes": nodes}
        cluster = Cluster(folder, description)
        if cluster.secure:
            cluster.secure.create()
        cluster.write_properties()
        cluster.format(jars)
        cluster.start(jars, cluster.nodes)
    finally:
        ports.close()
    try:
        if cluster.secure:
            cluster.secure.write_acls(cluster.nodes[0].port)
            cluster.has_acls = True
            cluster.wait_ready([])
        # Written last: a folder without it is begun anew.
        (Path(folder) / "cluster.json").write_text(json.dumps(description, indent=1) + "\n")
    except BaseException:
        cluster.stop()
        raise
    return cluster


def new_cluster_id():
    """128 random bits as Kafka writes them; not with a dash in front, which StorageTool takes for an option."""
    return "A" + secrets.token_urlsafe(16)[1:]


def pick_port(ports, wanted):
    if not wanted:
        return ports.find()
    if not ports.hold(wanted):
        raise ClusterError(f"port {wanted} is in use; without --port a free one is taken")
    return wanted
