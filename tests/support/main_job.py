"""The tasks of the main job: every kind, with random short waits, published by python3-confluent-kafka.

    job = Job(stack, random.Random(seed), 2000)
    job.publish_all()       # stops some tasks midway
    job.wait_settled(300)
    job.write_log()         # the publish log that checker.py reads

Kinds stand in KINDS with the share that each has; a kind is a function that publishes one key's records.
"""
import base64
import heapq
import json
import socket
import time
from collections import defaultdict

from check import expect, wait_until
from confluent_kafka import Consumer, Producer, TopicPartition
from evidence import find_firsts, read_pairs

SETTLED = (2, 3, 4)
OFFSET_BITS = 48
STOP_AFTER_S = (0.5, 3.0)
STOP_AGAIN_S = 0.5
FLUSH_S = 300
ROUND_KEYS = 100


class Job:
    def __init__(self, stack, random, task_count):
        self.stack, self.random, self.task_count = stack, random, task_count
        self.log_path = stack.folder / "published.ndjson"
        self.producer = Producer({**stack.kafka, "partitioner": "murmur2_random", "acks": "all", "linger.ms": 5,
                                  "socket.nagle.disable": True, "message.timeout.ms": 0})
        self.entries = []                 # of the publish log: what was published
        self.notes = []                   # of the publish log: what else the checker should know
        self.acknowledged = set()         # keys
        self.key_count = 0
        self.duplicates = []              # (kind of duplicate, key): published when the first is acknowledged
        self.stops = []                   # a heap of (when, key)
        self.counts = defaultdict(int)    # kind -> keys
        self.wanted_ids, self.wanted_srcs = set(), set()
        self.closed_port = find_closed_port()

    # Publishing

    def make_publish_id(self):
        return f"{self.random.getrandbits(128):032x}"

    def produce(self, topic, entry, value, headers, partition=None):
        def note(error, message):
            expect(error is None, f"the broker takes {entry['key']}: {error}")
            entry.update(partition=message.partition(), offset=message.offset(), time_ms=time.time() * 1000)
            self.acknowledged.add(entry["key"])
        self.entries.append(entry)
        extra = {} if partition is None else {"partition": partition}
        while True:
            try:
                self.producer.produce(f"{self.stack.prefix}.{topic}", value, key=entry["key"], headers=headers,
                                      on_delivery=note, **extra)
                return
            except BufferError:
                self.producer.poll(0.1)

    def publish(self, business_id, path, due_ms=None, dup=None, partition=None, url=None, **fields):
        task = {"business_type": "job", "business_id": business_id, "url": url or self.stack.url(path), **fields}
        publish_id = self.make_publish_id()
        pairs = [("v", 1), ("due", due_ms), ("pub", publish_id), ("dup", dup)]
        entry = {"key": f"job:{business_id}", "publish_id": publish_id, "value": json.dumps(task), "partition": None,
                 "offset": None, "time_ms": None, "poison": False}
        header = ";".join(f"{name}={value}" for name, value in pairs if value is not None)
        self.produce("tasks", entry, entry["value"], [("autohttp", header.encode())], partition)
        return entry

    def publish_poison(self, business_id, value):
        publish_id = self.make_publish_id()
        entry = {"key": f"job:{business_id}", "publish_id": publish_id, "value": value, "partition": None,
                 "offset": None, "time_ms": None, "poison": True}
        self.produce("tasks", entry, value, [("autohttp", f"v=1;pub={publish_id}".encode())])

    def send_stop(self, key):
        business_type, business_id = key.split(":", 1)
        entry = {"command": "stop", "key": key, "partition": None, "offset": None, "time_ms": None}
        value = json.dumps({"command": "stop", "business_type": business_type, "business_id": business_id})
        self.produce("control", entry, value, [("autohttp", b"v=1")])

    def ladder(self, low_s, high_s, count):
        return {"retry_type": "ladder",
                "retry_ladder_interval": [round(self.random.uniform(low_s, high_s), 3) for _ in range(count)]}

    def publish_all(self, keys_per_s=None):
        """keys_per_s: spread over time; else at once. Once more: other keys."""
        kinds, shares = zip(*KINDS)
        started = time.monotonic()
        first = self.key_count
        self.key_count += self.task_count
        for number in range(first, self.key_count):
            if keys_per_s:
                self.poll_until(started + number / keys_per_s)
            kind = kinds[number] if number < len(kinds) else self.random.choices(kinds, shares)[0]
            self.counts[kind.__name__] += 1
            kind(self, str(number))
            self.send_stops(time.time())
            if keys_per_s and number % ROUND_KEYS == 0:
                self.publish_duplicates()
        self.publish_duplicates()
        while self.stops:
            time.sleep(max(self.stops[0][0] - time.time(), 0))
            self.send_stops(time.time())
        self.flush()

    def poll_until(self, when):
        self.producer.poll(0)
        while time.monotonic() < when:
            self.producer.poll(max(when - time.monotonic(), 0))

    def flush(self):
        expect(self.producer.flush(FLUSH_S) == 0, "all that was published is acknowledged")

    def publish_duplicates(self):
        self.flush()
        for business_id, path, fields in self.duplicates:
            self.publish(business_id, path, **fields)
        self.duplicates.clear()

    def send_stops(self, until):
        """Those that are due and whose task is there: a stop says nothing of a task that comes after it."""
        self.producer.poll(0)
        while self.stops and self.stops[0][0] <= until:
            key = heapq.heappop(self.stops)[1]
            if key in self.acknowledged:
                self.send_stop(key)
            else:
                heapq.heappush(self.stops, (until + STOP_AGAIN_S, key))

    def write_log(self):
        with open(self.log_path, "w", encoding="utf-8") as log:
            log.writelines(json.dumps(entry) + "\n" for entry in self.entries + self.notes)

    # Waiting

    def note_wanted(self):
        """Which tasks must settle, and which records must have an event of their own."""
        keys = set()
        firsts = find_firsts((message.partition(), message.offset(), read_pairs(message.headers()))
                             for message in self.stack.read_topic("tasks"))
        for entry in self.entries:
            offset = firsts.get((entry["partition"], entry.get("publish_id")), entry["offset"])
            src = f"{'control' if 'command' in entry else 'tasks'}-{entry['partition']}-{offset}"
            if "command" in entry or entry["poison"]:
                self.wanted_srcs.add(src)
            elif entry["key"] in keys and json.loads(entry["value"]).get("duplicate") != "replace":
                self.wanted_srcs.add(src)
            else:
                self.wanted_ids.add((entry["partition"] << OFFSET_BITS) + offset)
            keys.add(entry.get("key"))

    def drop_told(self, message):
        event = json.loads(message.value())
        if event["status"] in SETTLED and event["kind"] in ("attempt", "stopped", "replaced"):
            self.wanted_ids.discard(int(event["id"]))
        if event["kind"] in ("refused", "duplicate", "command"):
            self.wanted_srcs.discard(event["src"])

    def wait_settled(self, timeout_s, meanwhile=lambda: None):
        """Follows `events` until nothing more is wanted; calls meanwhile() all the time."""
        self.note_wanted()
        consumer = Consumer({**self.stack.kafka, "group.id": "job", "enable.auto.commit": False})
        consumer.assign([TopicPartition(f"{self.stack.prefix}.events", partition, 0)
                         for partition in range(self.stack.partitions)])

        def is_done():
            meanwhile()
            for message in consumer.consume(5000, 0.5):
                expect(message.error() is None, f"events: {message.error()}")
                self.drop_told(message)
            return not self.wanted_ids and not self.wanted_srcs

        try:
            wait_until(is_done, f"{self.task_count} keys settle", timeout_s)
        except AssertionError as error:
            raise AssertionError(f"{error}; {len(self.wanted_ids)} tasks open, such as {sorted(self.wanted_ids)[:5]}, "
                                 f"and without event {sorted(self.wanted_srcs)[:5]}") from error
        finally:
            consumer.close()


def find_closed_port():
    """A port that nobody listens at: bound and left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def plain(job, name):
    job.publish(name, "/s/200", body="x" * job.random.randrange(200))


def ladder(job, name):
    fails = job.random.randrange(1, 4)
    job.publish(name, "/s/" + ",".join(["500", "503", "404"][:fails] + ["200"]), **job.ladder(0.05, 2, 4))


def ladder_of_long_waits(job, name):
    job.publish(name, "/s/500,502,204", method="PUT", **job.ladder(2, 9, 2))


def ladder_used_up(job, name):
    job.publish(name, "/s/500", **job.ladder(0.05, 1.5, job.random.randrange(4)))


def step(job, name):
    job.publish(name, "/s/500,500,500,200", retry_step_interval=round(job.random.uniform(0.1, 1.5), 3))


def step_used_up(job, name):
    job.publish(name, "/s/429", retry_step_interval=0.3, retry_step_time=job.random.randrange(1, 4))


def delayed(job, name):
    not_before = round(time.time() + job.random.uniform(0, 12), 3)
    job.publish(name, "/s/503,200", not_before=not_before, **job.ladder(0.1, 1, 2))


def delayed_by_header(job, name):
    job.publish(name, "/s/200", due_ms=round(time.time() * 1000 + job.random.uniform(0, 8000)), **job.ladder(0.1, 1, 2))


def duplicate_ignored(job, name):
    job.publish(name, "/s/500,200", **job.ladder(0.5, 2, 2))
    for _ in range(job.random.randrange(1, 4)):
        job.duplicates.append((name, "/s/200", job.ladder(0.5, 2, 2)))


def duplicate_rejected(job, name):
    job.publish(name, "/s/200")
    job.duplicates.append((name, "/s/200", {"duplicate": "reject"}))


def duplicate_replaced(job, name):
    job.publish(name, "/s/500,500,200", **job.ladder(1, 4, 3))
    job.duplicates.append((name, "/s/500,200", {"duplicate": "replace", **job.ladder(0.1, 1, 2)}))


def stopped(job, name):
    job.publish(name, "/s/500", retry_step_interval=round(job.random.uniform(0.2, 1), 3))
    heapq.heappush(job.stops, (time.time() + job.random.uniform(*STOP_AFTER_S), f"job:{name}"))


def stopped_in_a_tier(job, name):
    job.publish(name, "/s/500", **job.ladder(60, 90, 2))
    heapq.heappush(job.stops, (time.time() + job.random.uniform(*STOP_AFTER_S), f"job:{name}"))


def stopped_when_settled(job, name):
    job.publish(name, "/s/200")
    heapq.heappush(job.stops, (time.time() + STOP_AFTER_S[1], f"job:{name}"))


def poison(job, name):
    good = {"business_type": "job", "business_id": name, "url": job.stack.url("/s/200")}
    job.publish_poison(name, job.random.choice([
        "", "{", "[]", "null", json.dumps(good) + "x", json.dumps({**good, "url": "ftp://127.0.0.1/"}),
        json.dumps({**good, "deadline": 1}), json.dumps({**good, "colour": "red"}),
        json.dumps({**good, "retry_type": "ladder", "retry_step_interval": 5}), json.dumps({**good, "header": {"Host": "x"}})]))


def unreachable(job, name):
    job.publish(name, "/", url=f"http://127.0.0.1:{job.closed_port}/", **job.ladder(0.1, 1, 2))


def slow(job, name):
    job.publish(name, f"/d/{job.random.randrange(200, 2500)}", **job.ladder(0.1, 1, 2))


def timed_out(job, name):
    job.publish(name, "/hang", timeout=0.4, **job.ladder(0.1, 0.5, 1))


def closed(job, name):
    job.publish(name, job.random.choice(["/close", "/reset", "/stub"]), method="GET", **job.ladder(0.1, 0.5, 1))


def gone(job, name):
    job.publish(name, "/s/500,410", **job.ladder(0.1, 0.5, 3))


def retry_after(job, name):
    job.publish(name, "/s/503,200?retry_after=1", **job.ladder(0.1, 0.5, 2))


def own_idempotency_key(job, name):
    job.publish(name, "/s/500,200", idempotency_key=f"own {name}", **job.ladder(0.1, 0.5, 2))


def bytes_and_headers(job, name):
    job.publish(name, "/s/500,200", body_base64=base64.b64encode(job.random.randbytes(300)).decode(),
                header={"Content-Type": "application/octet-stream", "X-Name": name}, **job.ladder(0.1, 0.5, 2))


def secret(job, name):
    """Ends as a dead letter, so that its secrets have been wherever a task can be."""
    canaries = [f"canary-{job.make_publish_id()}" for _ in range(3)]
    job.notes += [{"canary": canary} for canary in canaries]
    job.publish(name, f"/s/500?token={canaries[0]}", header={"Authorization": f"Bearer {canaries[1]}"},
                body=canaries[2], **job.ladder(0.1, 2, 1))


def not_at_home(job, name):
    job.publish(name, "/s/500,200", partition=job.random.randrange(job.stack.partitions), **job.ladder(0.1, 1, 2))


KINDS = [(plain, 25), (ladder, 12), (ladder_of_long_waits, 4), (ladder_used_up, 8), (step, 8), (step_used_up, 5),
         (delayed, 6), (delayed_by_header, 3), (duplicate_ignored, 4), (duplicate_rejected, 2), (duplicate_replaced, 3),
         (stopped, 3), (stopped_in_a_tier, 2), (stopped_when_settled, 1), (poison, 3), (unreachable, 3), (slow, 3),
         (timed_out, 2), (closed, 2), (gone, 2), (retry_after, 2), (own_idempotency_key, 2), (bytes_and_headers, 2),
         (secret, 1), (not_at_home, 3)]
