"""What a run left behind: the publish log, the endpoint's log and every record of the topics under a prefix.

Publish log, one JSON object a line:
  {"key", "publish_id", "value", "partition", "offset", "time_ms", "poison"}
      value: the task as it was published, text; partition and offset null unless acknowledged; poison: to be refused
  {"command", "key", "partition", "offset", "time_ms"}
      a record of `control`, acknowledged
  {"window": [from_ms, to_ms], "why"}
      a fault: an attempt that was under way or had just ended then may be sent twice
  and what the run saw beside its tasks, for vitals.py: "calm", "cap", "sample", "counted", "view", "canary", "text"
Endpoint's log: as tests/support/endpoint.c writes it.
Times are Unix milliseconds here; in rows and events they are seconds.
"""
import json
from dataclasses import dataclass, field

SENDING, SUCCESS, FAILURE, STOPPED = 1, 2, 3, 4
STATUS_NAMES = {SENDING: "Sending", SUCCESS: "Success", FAILURE: "Failure", STOPPED: "Stopped"}
READ_TIMEOUT_S = 30


@dataclass
class Record:
    """One Kafka record; topic without prefix; key and value bytes or None."""
    topic: str
    partition: int
    offset: int
    time_ms: int
    key: bytes
    value: bytes
    headers: dict = field(default_factory=dict)

    @property
    def coordinates(self):
        return f"{self.topic}-{self.partition}-{self.offset}"

    @property
    def pairs(self):
        return read_pairs(self.headers)

    @property
    def json(self):
        return json.loads(self.value)


@dataclass
class Evidence:
    publishes: list = field(default_factory=list)
    commands: list = field(default_factory=list)
    windows: list = field(default_factory=list)    # (from_ms, to_ms, why)
    notes: dict = field(default_factory=dict)      # what vitals.py judges: name -> entries
    calls: list = field(default_factory=list)
    topics: dict = field(default_factory=dict)     # name without prefix -> records in order of (partition, offset)
    committed: dict = field(default_factory=dict)  # (topic, partition) -> the group's offset; empty: not looked at

    def add_published(self, line):
        entry = json.loads(line)
        if "window" in entry:
            self.windows.append((*entry["window"], entry["why"]))
        elif "command" in entry:
            self.commands.append(entry)
        elif "publish_id" not in entry:
            self.notes.setdefault(next(iter(entry)), []).append(entry)
        else:
            self.publishes.append(entry)


def find_firsts(places):
    """Where each publish came first: (partition, publish id) -> offset, of (partition, offset, header pairs) of `tasks`.

    A producer that sends again after an outage may have it appended twice, and is told the later place; workers take the
    first. What they themselves carried to its home is no publish.
    """
    firsts = {}
    for partition, offset, pairs in places:
        if "pub" in pairs and "id" not in pairs:
            name = (partition, pairs["pub"])
            firsts[name] = min(offset, firsts.get(name, offset))
    return firsts


def read_pairs(headers):
    """The pairs of the header `autohttp`."""
    text = dict(headers or []).get("autohttp", b"").decode("ascii", "replace")
    return dict(pair.split("=", 1) for pair in text.split(";") if "=" in pair)


def read_logs(publish_path, endpoint_path):
    evidence = Evidence()
    with open(publish_path, encoding="utf-8") as lines:
        for line in lines:
            evidence.add_published(line)
    with open(endpoint_path, encoding="utf-8") as lines:
        evidence.calls = [json.loads(line) for line in lines]
    return evidence


def read_topics(evidence, settings, prefix, group):
    """Reads all topics under prefix to their ends, and what the group has committed."""
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({**settings, "group.id": group, "enable.auto.commit": False, "enable.partition.eof": True,
                         "auto.offset.reset": "error"})
    try:
        partitions = [TopicPartition(name, number) for name, topic in consumer.list_topics(timeout=READ_TIMEOUT_S)
                      .topics.items() if name.startswith(prefix + ".") for number in topic.partitions]
        evidence.committed = {(entry.topic[len(prefix) + 1:], entry.partition): max(entry.offset, 0)
                              for entry in consumer.committed(partitions, timeout=READ_TIMEOUT_S)}
        for entry in partitions:
            entry.offset = consumer.get_watermark_offsets(entry, timeout=READ_TIMEOUT_S)[0]
        consumer.assign(partitions)
        drain(consumer, evidence, prefix, len(partitions))
    finally:
        consumer.close()
    for records in evidence.topics.values():
        records.sort(key=lambda record: (record.partition, record.offset))


def write_topics(evidence, path):
    """One record a line, to be read by people: topic by topic, in order."""
    with open(path, "w", encoding="utf-8") as lines:
        for records in evidence.topics.values():
            for record in records:
                headers = " ".join(f"{name}={value.decode('utf-8', 'replace')}" for name, value in record.headers.items())
                lines.write(f"{record.coordinates} {record.time_ms} {record.key} {headers} {record.value}\n")


def drain(consumer, evidence, prefix, partition_count):
    from confluent_kafka import KafkaError, KafkaException
    ended = set()
    while len(ended) < partition_count:
        message = consumer.poll(READ_TIMEOUT_S)
        if message is None:
            raise RuntimeError(f"no record for {READ_TIMEOUT_S} s; {len(ended)} of {partition_count} partitions read")
        if message.error():
            if message.error().code() != KafkaError._PARTITION_EOF:
                raise KafkaException(message.error())
            ended.add((message.topic(), message.partition()))
            continue
        name = message.topic()[len(prefix) + 1:]
        evidence.topics.setdefault(name, []).append(
            Record(name, message.partition(), message.offset(), message.timestamp()[1], message.key(), message.value(),
                   dict(message.headers() or [])))


def get_ms(entry, name):
    """A time or duration of a row or event; None if it is absent."""
    return round(entry[name] * 1000) if name in entry else None
