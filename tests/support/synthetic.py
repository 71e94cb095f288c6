"""A run that never was: what a right worker would leave behind for tasks of each kind, made without a broker.

    world = World()
    world.task("order:1", ladder=[1, 3], answers=[500, 200])
    world.evidence   # as if read from logs and topics

Times start at T0 and advance by what each step takes; offsets count per topic, all in one partition.
"""
import json

from evidence import FAILURE, SENDING, STOPPED, SUCCESS, Evidence, Record

T0 = 1_800_000_000_000
CALL_MS = 20   # an attempt's duration
LATE_MS = 3    # how late an attempt is started
EPOCH = 1


def get_seconds(ms):
    return ms / 1000


class World:
    def __init__(self):
        self.evidence = Evidence()
        self.now_ms = T0
        self.count = 0
        self.append("state", ":claim:1:00", b"{}")

    # Topics

    def append(self, topic, key, value, **headers):
        records = self.evidence.topics.setdefault(topic, [])
        if isinstance(value, (dict, list)):
            value = json.dumps(value).encode()
        records.append(Record(topic, 0, len(records), self.now_ms, key.encode(), value,
                              {name.replace("_", "-"): text.encode() for name, text in headers.items()}))
        if topic == "tasks" or topic == "control":
            self.evidence.committed[(topic, 0)] = len(records)
        return records[-1]

    def row(self, task, record, status, attempts, src, **more):
        self.append("state", self.key_of(task), {
            "id": str(record.offset), "business_type": task["business_type"], "business_id": task["business_id"],
            "status": status, "attempts": attempts, "retry_count": max(attempts - 1, 0), "next_retry_time": 0,
            "src": src, "at": "", "entered": record.offset, "epoch": EPOCH, "ctl": -1, "last_status": 0, **more},
            autohttp=f"v=1;ep={EPOCH}")

    def event(self, kind, task, task_id, src, status, **more):
        self.append("events", self.key_of(task), {
            "kind": kind, "id": str(task_id), "business_type": task["business_type"],
            "business_id": task["business_id"], "time": get_seconds(self.now_ms), "src": src, "status": status,
            "epoch": EPOCH, **more})

    @staticmethod
    def key_of(task):
        return f"{task['business_type']}:{task['business_id']}"

    # Steps

    def publish(self, key, poison=False, dup=None, **fields):
        self.count += 1
        business_type, business_id = key.split(":", 1)
        task = {"business_type": business_type, "business_id": business_id, "url": "http://127.0.0.1:1/", **fields}
        publish_id = f"{self.count:032x}"
        value = json.dumps(task)
        header = f"v=1;pub={publish_id}" + (f";dup={dup}" if dup else "")
        record = self.append("tasks", key, value.encode(), autohttp=header)
        self.evidence.publishes.append({"key": key, "publish_id": publish_id, "value": value, "partition": 0,
                                        "offset": record.offset, "time_ms": self.now_ms, "poison": poison})
        return task, record, publish_id

    def call(self, publish_id, attempt, status):
        self.evidence.calls.append({"time_ms": self.now_ms + 0.4, "end_time_ms": self.now_ms + CALL_MS - 1.0,
                                    "path": "/", "idempotency_key": publish_id, "attempt": attempt, "status": status,
                                    "sent": True, "hash": publish_id})

    def attempt(self, task, record, publish_id, attempt, due_ms, answer, wait_ms, src):
        """One attempt; answer 0 is a refused connection. Gives when the next is due; None if it was the last."""
        start_ms = self.now_ms = due_ms + LATE_MS
        if answer:
            self.call(publish_id, attempt, answer)
        self.now_ms += CALL_MS
        next_ms = self.now_ms + wait_ms if wait_ms is not None and answer != 200 else None
        status = SUCCESS if answer == 200 else SENDING if next_ms else FAILURE
        more = {"next_time": get_seconds(next_ms)} if next_ms else {}
        if status == FAILURE:
            self.append("dead", self.key_of(task), record.value, autohttp_reason="schedule used up")
        self.row(task, record, status, attempt, src, last_status=answer,
                 next_retry_time=get_seconds(next_ms) if next_ms else 0, at="delay.1000ms-0-0" if next_ms else "")
        self.event("attempt", task, record.offset, src, status, attempt=attempt, due_time=get_seconds(due_ms),
                   start_time=get_seconds(start_ms), duration=get_seconds(CALL_MS), http_status=answer,
                   error_class="" if answer == 200 else "status" if answer else "connect", **more)
        return next_ms

    # Whole tasks

    def task(self, key, ladder, answers, dup=None, **fields):
        """A task called as often as there are answers; the ladder may be longer."""
        task, record, publish_id = self.publish(key, dup=dup, retry_type="ladder", retry_ladder_interval=ladder,
                                                **fields)
        due_ms = max(self.now_ms, round(fields.get("not_before", 0) * 1000))
        for number, answer in enumerate(answers, 1):
            wait_ms = round(ladder[number - 1] * 1000) if number <= len(ladder) else None
            src = record.coordinates if number == 1 else f"delay.1000ms-0-{self.count * 100 + number}"
            due_ms = self.attempt(task, record, publish_id, number, due_ms, answer, wait_ms, src)
        return task, record, publish_id

    def stopped(self, key):
        """A task whose second attempt does not come because it is stopped."""
        task, record, _ = self.task(key, [1, 1], [500])
        command = self.append("control", key, {"command": "stop"})
        self.evidence.commands.append({"command": "stop", "key": key, "partition": 0, "offset": command.offset,
                                       "time_ms": self.now_ms})
        self.now_ms += 5
        self.row(task, record, STOPPED, 1, command.coordinates, last_status=500, ctl=command.offset)
        self.event("stopped", task, record.offset, command.coordinates, STOPPED)
        self.event("command", task, record.offset, command.coordinates, STOPPED, detail="stopped")

    def duplicate(self, key, policy="ignore"):
        """Of a key that exists; not called."""
        task, record, _ = self.publish(key, duplicate=policy)
        detail = {"ignore": "ignored", "reject": "rejected"}[policy]
        if policy == "reject":
            self.append("dead", key, record.value, autohttp_reason="duplicate")
        self.event("duplicate", task, record.offset, record.coordinates, 0, detail=detail)

    def replaced(self, key):
        """A task that waits, and the one that takes its place."""
        old_task, old_record, _ = self.task(key, [60], [500])
        _, record, _ = self.task(key, [1], [200], dup="replace")
        self.event("replaced", old_task, old_record.offset, record.coordinates, STOPPED, detail="replaced")

    def poison(self, key):
        task, record, _ = self.publish(key, poison=True, unknown=1)
        self.append("dead", key, record.value, autohttp_reason="field unknown")
        self.event("refused", task, 0, record.coordinates, 0, detail="field unknown")
