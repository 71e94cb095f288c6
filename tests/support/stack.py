"""What an end-to-end test runs on: a real broker, topics, workers, the scripted endpoint, and the `autohttp` command.

    stack = Stack(partitions=4, tiers=["27s"])
    worker = stack.start_worker()
    stack.publish("order", "1", stack.url("/s/500,200"), ladder=[0.2])
    stack.wait_settled([("order", "1")])
    stack.calls()                   # what the endpoint has logged, a dict for each request

Binaries come from $AUTOHTTP_BUILD_DIR, else build/ in the tree. All is stopped and removed at the program's end.
"""
import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from broker import Broker
from check import cleanup, expect, new_folder, wait_until
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

TREE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("AUTOHTTP_BUILD_DIR", TREE / "build"))
COMMAND = BUILD / "producer" / "autohttp"
WORKER = BUILD / "worker" / "autohttp-worker"
ENDPOINT = BUILD / "tests" / "endpoint"
SETTLED = (2, 3, 4)  # Success, Failure, Stopped


def stop_process(process, timeout_s=60):
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{process.args[0]} did not stop within {timeout_s} s of SIGTERM")


class Worker:
    """One worker process with a state folder of its own; `admin` is host:port once it has started."""

    program = WORKER

    def __init__(self, stack, name, settings):
        self.environment = dict(os.environ)
        self.folder = Path(new_folder())
        self.log = self.folder / "log"
        self.config = self.folder / "autohttp.yaml"
        lines = {"state_dir": self.folder / "state", "admin_listen": "127.0.0.1:0", "egress_allow": "[127.0.0.0/8]",
                 "topic_prefix": stack.prefix, "trim_interval": "24h",  # tests look at what was consumed
                 **settings}
        text = "kafka:\n" + "".join(f"  {key}: {value}\n" for key, value in stack.kafka.items())
        self.config.write_text(text + "".join(f"{key}: {value}\n" for key, value in lines.items()))
        self.name = name
        self.start()

    def launch(self):
        """Starts the process and does not wait; gives where its log begins."""
        with open(self.log, "ab") as log:
            begin = log.tell()
            self.process = subprocess.Popen([self.program, "--config", self.config], stdin=subprocess.DEVNULL,
                                            stderr=log, env=self.environment)
        cleanup(stop_process, self.process)
        return begin

    def start(self):
        begin = self.launch()
        found = wait_until(lambda: re.search(r"msg=worker_started.* admin=(\S+)", self.read_log(begin)) or
                           self.process.poll() is not None, f"{self.name} starts")
        expect(found is not True, f"{self.name} ended at once: {self.read_log(begin)}")
        self.admin = found.group(1)

    def read_log(self, begin=0):
        return self.log.read_bytes()[begin:].decode()

    def get(self, path):
        """Status and text of a GET at the admin port."""
        try:
            with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def is_ready(self):
        return self.get("/readyz")[0] == 200

    def metric(self, name):
        """The value of a series, named with its labels."""
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(f"autohttp_{name} "):
                return float(line.split()[-1])
        raise AssertionError(f"no metric {name}")

    def stop(self):
        stop_process(self.process)
        expect(self.process.returncode == 0, f"{self.name} ended with {self.process.returncode}: {self.read_log()[-2000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()


class Stack:
    def __init__(self, partitions=4, tiers=(), prefix="autohttp", broker_options=(), broker=None, endpoint=True,
                 copies=1):
        self.broker = broker or Broker(*broker_options)
        self.prefix = prefix
        self.partitions, self.copies = partitions, copies
        self.kafka = {"bootstrap.servers": self.broker.bootstrap}
        self.folder = Path(new_folder())
        self.tiers = list(tiers)
        self.apply_topics(("--bootstrap", self.broker.bootstrap))
        if endpoint:
            self.start_endpoint()

    def apply_topics(self, how):
        config = self.folder / "topics.yaml"
        config.write_text(f"topic_prefix: {self.prefix}\n"
                          f"topics: {{partitions: {self.partitions}, replication_factor: {self.copies}}}\n"
                          f"delay_tiers: [{', '.join(self.tiers)}]\n")
        self.run("topics", "apply", "--config", config, "--execute", how=how)

    def run(self, *arguments, how=None, input_text=None, expected=(0,)):
        """Runs the command; gives the finished process. `how`: options that name the cluster."""
        options = how or ("--bootstrap", self.broker.bootstrap, "--topic-prefix", self.prefix)
        done = subprocess.run([COMMAND, *map(str, arguments), *options], input=input_text or "", capture_output=True,
                              text=True, timeout=120)
        expect(done.returncode in expected, f"autohttp {' '.join(map(str, arguments))}: exit {done.returncode}: "
                                            f"{done.stdout}{done.stderr}")
        return done

    def start_endpoint(self):
        self.endpoint_log = self.folder / "endpoint.ndjson"
        self.endpoint = subprocess.Popen([ENDPOINT, "--port", "0", "--log", self.endpoint_log], stdout=subprocess.PIPE,
                                         stdin=subprocess.DEVNULL, text=True)
        cleanup(stop_process, self.endpoint)
        self.port = int(self.endpoint.stdout.readline())

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def start_worker(self, **settings):
        worker = Worker(self, "worker", settings)
        wait_until(worker.is_ready, "the worker is ready", 30)
        return worker

    def publish(self, business_type, business_id, url, ladder=None, step=None, times=None, headers=None, **fields):
        """Publishes one task by python3-confluent-kafka; gives (partition, offset, append time in ms)."""
        task = {"business_type": business_type, "business_id": business_id, "url": url, **fields}
        if ladder is not None:
            task.update(retry_type="ladder", retry_ladder_interval=ladder)
        if step is not None:
            task.update(retry_type="step", retry_step_interval=step, retry_step_time=times or 0)
        return self.publish_bytes("tasks", json.dumps(task).encode(), f"{business_type}:{business_id}", headers)

    def publish_bytes(self, topic, value, key=None, headers=None, partition=None):
        reports = []
        producer = Producer({**self.kafka, "partitioner": "murmur2_random", "acks": "all",
                             "message.max.bytes": 10_000_000})
        extra = {} if partition is None else {"partition": partition}
        producer.produce(f"{self.prefix}.{topic}", value, key=key, headers=headers,
                         on_delivery=lambda error, message: reports.append((error, message)), **extra)
        expect(producer.flush(20) == 0, "the record is acknowledged")
        error, message = reports[0]
        expect(error is None, f"the broker takes it: {error}")
        return message.partition(), message.offset(), message.timestamp()[1]

    def read_topic(self, topic):
        """All records of a topic that are there now, as messages."""
        consumer = Consumer({**self.kafka, "group.id": "reader", "enable.auto.commit": "false"})
        messages = []
        try:
            ends = {}
            for partition in range(self.partitions):
                where = TopicPartition(f"{self.prefix}.{topic}", partition)
                low, high = consumer.get_watermark_offsets(where, timeout=20)
                if high > low:
                    ends[partition] = (low, high)
            consumer.assign([TopicPartition(f"{self.prefix}.{topic}", p, low) for p, (low, _) in ends.items()])
            open_ends = {p: high for p, (_, high) in ends.items()}
            deadline = time.monotonic() + 60
            while open_ends and time.monotonic() < deadline:
                for message in consumer.consume(1000, 0.2):
                    expect(message.error() is None, f"{topic}: {message.error()}")
                    messages.append(message)
                    if message.offset() + 1 >= open_ends.get(message.partition(), 1 << 62):
                        open_ends.pop(message.partition(), None)
                for p in list(open_ends):  # compaction and transactions leave ends without a record
                    position = consumer.position([TopicPartition(f"{self.prefix}.{topic}", p)])[0].offset
                    if position >= open_ends[p]:
                        open_ends.pop(p)
            expect(not open_ends, f"{topic}: not read to its end")
        finally:
            consumer.close()
        return messages

    def events(self):
        return [json.loads(message.value()) for message in self.read_topic("events")]

    def rows(self):
        """Key -> row JSON, as compaction would leave them."""
        rows = {}
        for message in self.read_topic("state"):
            key = message.key().decode()
            if not key.startswith(":"):
                rows[key] = json.loads(message.value()) if message.value() is not None else None
        return {key: row for key, row in rows.items() if row is not None}

    def wait_settled(self, keys, timeout_s=60):
        """Waits until every (type, id) has a settled row; gives the rows by key text."""
        wanted = {f"{business_type}:{business_id}" for business_type, business_id in keys}

        def settled():
            try:
                rows = self.rows()
            except KafkaException:  # a broker that has just come back
                return None
            done = wanted <= {key for key, row in rows.items() if row["status"] in SETTLED}
            return rows if done else None

        return wait_until(settled, f"{len(wanted)} tasks settle", timeout_s)

    def calls(self):
        """The endpoint's log so far; what it flushed."""
        text = self.endpoint_log.read_text() if self.endpoint_log.exists() else ""
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]
