#!/usr/bin/python3
"""checker: proves from what a run left behind that every task was settled exactly as its schedule says.

  checker.py --bootstrap HOST:PORT --prefix PREFIX --publishes FILE --calls FILE [--group GROUP] [--pending]

Looks at nothing but the publish log, the endpoint's log and the topics (evidence.py), and judges them against the tasks
as they were published: what the attempts should have been is worked out here anew, from schedule and answers.
--pending: a task may still be Sending, with a due time. Prints figures, then a line for each violation; exit 1 if any.

Violations, with the invariant that they break:
  lost              I1  an acknowledged publish has no row, or is not settled
  unpublished       I2  a row, call or dead letter of what was never published
  gap               I3  attempts are not numbered 1..k
  extra_attempt     I3  an attempt beyond the schedule or after the one that settled
  wrong_wait        I4  the time of the next attempt is not the end of the last plus the schedule's wait
  early             I4  a call arrived before it was due
  duplicate_call    I5  an attempt arrived twice, outside any window
  altered_copy      I5  two calls of a task differ in method, path, headers or body
  call_after_settle I6  a call after the task was settled, a stop included
  not_stopped       I6  a stop that was acknowledged has no answer, or not the effect that the answer tells
  duplicate_called  --  a duplicate of a business key was called, or its policy was not followed
  missing_call      --  an event tells of an answer that the endpoint never gave
  wrong_outcome     --  an event does not say what its answer means
  wrong_row         I7  the row does not say what the events say
  missing_event     I7  something was written without its event
  missing_dead      I7  a Failure, refusal or rejection without its dead letter, byte for byte
  unexpected_dead   I7  a dead letter of a task that did not fail
  uncommitted       I7  a group offset lies before the end of its partition although everything is settled
and of what a run shows beside the tasks (vitals.py):
  wrong_view        I7  whoever has read `state` has other rows than it holds
  over_cap          I8  more calls at a time, or in a second, than allowed
  late              I9  an attempt long after it was due although no fault was active any more
  leak              I10 a process has more descriptors, threads or memory than before
  wrong_metric      I11 the metrics do not tell what happened
  secret            I12 a planted secret in a log, metric, event, page or header of a dead letter
"""
import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from evidence import (FAILURE, SENDING, STATUS_NAMES, STOPPED, SUCCESS, find_firsts, get_ms, read_logs,  # noqa: E402
                      read_topics)
from vitals import judge  # noqa: E402

LANDING_MS = 5000  # how long after an attempt's answer its row may be on its way, on a machine that does much else
CLOCK_MS = 2  # the worker's now lies up to this far behind the wall clock, never before it (clock.c)
STEP_DEFAULT_S = 60
GONE = 410
OFFSET_BITS = 48
COMMITTED_TOPIC = re.compile(r"tasks|control|delay\.\d+ms")
SETTLING_KINDS = ("stopped", "replaced")


@dataclass(frozen=True)
class Violation:
    kind: str
    subject: str
    text: str

    def __str__(self):
        return f"{self.kind}: {self.subject}: {self.text}"


@dataclass
class Life:
    """One task from its publishing to its end; a business key has several if one replaced another."""
    key: str
    publish: dict
    record: object
    task: dict
    id: int
    attempts: list = field(default_factory=list)  # events, in order of their numbers
    ends: list = field(default_factory=list)      # events that made it Stopped
    events: list = field(default_factory=list)    # all
    calls: list = field(default_factory=list)     # in order of arrival

    @property
    def may_differ_in_time(self):
        """A Retry-After makes waits longer than the schedule's."""
        return "retry_after" in self.task["url"]

    @property
    def allowed(self):
        """Attempts that the schedule allows; None: no limit."""
        if self.task.get("retry_type") == "ladder":
            return len(self.task["retry_ladder_interval"]) + 1
        return self.task["retry_step_time"] + 1 if self.task.get("retry_step_time") else None

    def is_beyond(self, attempt):
        """Whether the schedule has no wait after this attempt."""
        return self.allowed is not None and attempt >= self.allowed

    def wait_ms(self, attempt):
        if self.task.get("retry_type") == "ladder":
            return round(self.task["retry_ladder_interval"][attempt - 1] * 1000)
        return round(self.task.get("retry_step_interval", STEP_DEFAULT_S) * 1000)

    def is_last(self, event):
        """Whether no attempt may follow this one, and the status it leads to."""
        status = event.get("http_status", 0)
        if 200 <= status <= 299:
            return SUCCESS
        if status == GONE or event.get("error_class") == "denied" or event["attempt"] == self.allowed:
            return FAILURE
        return None

    @property
    def status(self):
        """As the attempts and the schedule have it, whatever rows and events say."""
        for event in self.attempts:
            if self.is_last(event):
                return self.is_last(event)
        return STOPPED if self.ends else SENDING

    @property
    def settled_ms(self):
        for event in self.attempts:
            if self.is_last(event):
                return get_ms(event, "time")
        return min(get_ms(event, "time") for event in self.ends) if self.ends else None


class Checker:
    def __init__(self, evidence, may_pend=False):
        self.evidence = evidence
        self.may_pend = may_pend
        self.violations = []
        self.lives = []
        self.duplicates = []  # (publish, record, policy, life before it)
        self.poison = []      # (publish, record)
        self.copies = Counter()  # calls of an attempt beyond its first, by what let them be
        self.epochs = defaultdict(int)  # partition -> the highest claimed
        self.rows, self.row_log = self.take_rows()
        self.events = self.take_events()
        self.commands = defaultdict(list)
        for command in evidence.commands:
            self.commands[command["key"]].append(command)

    def report(self, kind, subject, text):
        self.violations.append(Violation(kind, subject, text))

    # What the topics say

    def take_events(self):
        """Repeats by (id, attempt, kind, src) are one. Of an attempt that was made twice, the one counts whose row did:
        the other's was lost, or a zombie's; of what else is told twice, the one that tells most."""
        written = {(row["id"], row["attempts"], row["src"]): row["epoch"] for _, row in self.row_log}
        events, ranks = {}, {}
        for record in self.evidence.topics.get("events", []):
            event = record.json
            event["key"] = f"{event['business_type']}:{event['business_id']}"
            place = (event["id"], event.get("attempt", 0), event["src"])
            rank = (event["epoch"] == written.get(place), len(event))
            name = (*place, event["kind"])
            if event["kind"] == "attempt" and place not in written and event["epoch"] < self.epochs[record.partition]:
                continue
            if rank > ranks.get(name, (False, 0)):
                events[name], ranks[name] = event, rank
        return list(events.values())

    def take_rows(self):
        """The rows as a worker that reads `state` from its start would have them: a zombie's do not count."""
        rows, log, epochs = {}, [], self.epochs
        for record in self.evidence.topics.get("state", []):
            key = record.key.decode("utf-8", "replace")
            if key.startswith(":"):
                if key.startswith(":claim:"):
                    epochs[record.partition] = max(epochs[record.partition], int(key.split(":")[2]))
                continue
            if int(record.pairs.get("ep", epochs[record.partition])) < epochs[record.partition]:
                continue
            if record.value is None:
                rows.pop(key, None)
                continue
            rows[key] = record.json
            log.append((key, record.json))
        return rows, log

    # What was published

    def find_lives(self):
        records = {(record.partition, record.offset): record for record in self.evidence.topics.get("tasks", [])}
        homes = self.find_homes(records)
        firsts = find_firsts((*place, record.pairs) for place, record in records.items())
        by_key = defaultdict(list)
        for publish in self.evidence.publishes:
            if publish["offset"] is None:
                continue
            place = (publish["partition"], publish["offset"])
            if place not in records or records[place].value != publish["value"].encode():
                self.report("lost", publish["key"], f"`tasks` does not hold what was acknowledged at {place}")
            elif publish.get("poison"):
                self.poison.append((publish, records[place]))
            else:
                first = (place[0], firsts.get((place[0], publish["publish_id"]), place[1]))
                by_key[publish["key"]].append((homes.get(first, first), publish, records[first]))
        for key, entries in by_key.items():
            self.sort_publishes(key, sorted(entries, key=lambda entry: entry[0]))

    @staticmethod
    def find_homes(records):
        """Where records that were not at home went: the place of the original -> that of the copy."""
        homes = {}
        for place, record in records.items():
            if "id" in record.pairs and record.pairs.get("of", "").startswith("tasks-"):
                homes[tuple(map(int, record.pairs["of"].split("-")[1:]))] = place
        return homes

    def sort_publishes(self, key, entries):
        """The first of a key is its task; what follows is a repeat, a duplicate or a replacement."""
        life, publish_ids = None, set()
        for _, publish, record in entries:
            if publish["publish_id"] in publish_ids:
                continue
            publish_ids.add(publish["publish_id"])
            task = json.loads(publish["value"])
            policy = record.pairs.get("dup") or task.get("duplicate", "ignore")
            if life is not None and policy != "replace":
                self.duplicates.append((publish, record, policy))
                continue
            life = Life(key, publish, record, task, (record.partition << OFFSET_BITS) + record.offset)
            self.lives.append(life)

    def collect(self):
        """Gives each life its events and calls."""
        by_id = {life.id: life for life in self.lives}
        for event in self.events:
            life = by_id.get(int(event["id"]))
            if life is None:
                continue
            life.events.append(event)
            if event["kind"] == "attempt":
                life.attempts.append(event)
            elif event["kind"] in SETTLING_KINDS:
                life.ends.append(event)
        by_name = {life.task.get("idempotency_key") or life.publish["publish_id"]: life for life in self.lives}
        refused = {publish["publish_id"]: publish["key"] for publish, *_ in self.duplicates + self.poison}
        for call in self.evidence.calls:
            life = by_name.get(call["idempotency_key"])
            if life is not None:
                life.calls.append(call)
            elif call["idempotency_key"] in refused:
                self.report("duplicate_called", refused[call["idempotency_key"]],
                            f"call of {call['path']} with the key {call['idempotency_key']} of a task not to be called")
            else:
                self.report("unpublished", call["path"], f"call with Idempotency-Key {call['idempotency_key']!r}")
        for life in self.lives:
            life.attempts.sort(key=lambda event: event["attempt"])
            life.calls.sort(key=lambda call: call["time_ms"])

    # The checks of one life

    def check_numbers(self, life):
        numbers = [event["attempt"] for event in life.attempts]
        if numbers != list(range(1, len(numbers) + 1)):
            self.report("gap", life.key, f"events tell of attempts {numbers}")
        settled = False
        for event in life.attempts:
            if settled or (life.allowed is not None and event["attempt"] > life.allowed):
                self.report("extra_attempt", life.key, f"attempt {event['attempt']}; allowed: {life.allowed}")
            settled = settled or life.is_last(event) is not None

    def check_outcomes(self, life):
        """Each event says what its answer means, and the endpoint gave that answer."""
        answers = defaultdict(list)
        for call in life.calls:
            answers[call["attempt"]].append(call)
        for event in life.attempts:
            number, status = event["attempt"], event.get("http_status", 0)
            expected = life.is_last(event) or SENDING
            if event["status"] != expected:
                self.report("wrong_outcome", life.key, f"attempt {number} with status {status} made the task "
                            f"{STATUS_NAMES.get(event['status'])}, not {STATUS_NAMES[expected]}")
            if status and not any(call["status"] == status for call in answers[number]):
                self.report("missing_call", life.key, f"attempt {number}: no call was answered {status}")
        known = {event["attempt"] for event in life.attempts}
        for number in sorted(set(answers) - known):
            # What a fault took may be settled without that attempt: a stop came before it was made again.
            if not self.may_pend and not (life.ends and self.find_reason(answers[number][-1])):
                self.report("missing_event", life.key, f"the call of attempt {number} has no event")

    def check_waits(self, life):
        """The next attempt is told for the end of the last plus the wait, and due then."""
        if any(command["command"] == "retry" for command in self.commands[life.key]):
            return
        for event, following in zip(life.attempts, life.attempts[1:] + [None]):
            if life.is_last(event) or get_ms(event, "duration") is None or life.is_beyond(event["attempt"]):
                continue
            wanted_ms = get_ms(event, "time") + life.wait_ms(event["attempt"])
            next_ms = get_ms(event, "next_time") or 0
            if next_ms < wanted_ms or (next_ms > wanted_ms and not life.may_differ_in_time):
                self.report("wrong_wait", life.key, f"after attempt {event['attempt']} {next_ms - wanted_ms:+} ms")
            due_ms = get_ms(following, "due_time") if following else None
            if due_ms is not None and due_ms != next_ms:
                self.report("wrong_wait", life.key, f"attempt {following['attempt']} was due {due_ms - next_ms:+} ms")

    def check_times(self, life):
        """No call before it was due, by its event, by the publish, and by the arrival of the call before it."""
        due_ms = {event["attempt"]: get_ms(event, "due_time") or 0 for event in life.attempts}
        published_due_ms = max(round(life.task.get("not_before", 0) * 1000), int(life.record.pairs.get("due", 0)))
        # An attempt that got no answer can end before the endpoint has read its request.
        answered = {event["attempt"] for event in life.attempts if event.get("http_status")}
        arrivals = {}
        is_hurried = any(command["command"] == "retry" for command in self.commands[life.key])
        for call in life.calls:
            number, time_ms = call["attempt"], call["time_ms"]
            bounds = {"its due time": due_ms.get(number, 0), "its publish": published_due_ms if number == 1 else 0}
            if number - 1 in arrivals and number - 1 in answered and not is_hurried and not life.is_beyond(number - 1):
                # The worker measures in whole milliseconds, so its wait may be just under one shorter.
                bounds["the schedule"] = arrivals[number - 1] + life.wait_ms(number - 1) - 1
            for name, bound_ms in bounds.items():
                if time_ms < bound_ms:
                    self.report("early", life.key,
                                f"attempt {number} arrived {bound_ms - time_ms:.3f} ms before {name}")
            arrivals.setdefault(number, time_ms)

    def is_in_window(self, time_ms):
        return any(start_ms <= time_ms <= end_ms for start_ms, end_ms, _ in self.evidence.windows)

    def find_reason(self, call):
        """Why the attempt of this call may be made again; None if it may not."""
        if not call["sent"]:
            return "closed"
        for start_ms, end_ms, why in self.evidence.windows:
            if call["time_ms"] <= end_ms and call["end_time_ms"] + LANDING_MS >= start_ms:
                return why
        return None

    def check_copies(self, life):
        if len({call["hash"] for call in life.calls}) > 1:
            self.report("altered_copy", life.key, "calls differ in method, path, headers or body")
        before = {}
        for call in life.calls:
            last = before.get(call["attempt"])
            before[call["attempt"]] = call
            if last is None:
                continue
            reason = self.find_reason(last)
            self.copies[reason or "unexplained"] += 1
            if reason is None:
                self.report("duplicate_call", life.key, f"attempt {call['attempt']} arrived at {call['time_ms']:.0f} "
                            f"again, {call['time_ms'] - last['end_time_ms']:.0f} ms after it was answered")

    def check_silence(self, life):
        """Nothing arrives after the end. The worker's clock may lag, so attempts that the events know may seem to."""
        if life.settled_ms is None:
            return
        known = {event["attempt"] for event in life.attempts}
        for call in life.calls:
            if call["time_ms"] > life.settled_ms + CLOCK_MS and call["attempt"] not in known and \
                    not self.is_in_window(call["time_ms"]):
                self.report("call_after_settle", life.key, f"attempt {call['attempt']} arrived "
                            f"{call['time_ms'] - life.settled_ms:.0f} ms after the end")
            if call["sent"]:
                known.discard(call["attempt"])
        for event in life.attempts:
            if get_ms(event, "start_time") > life.settled_ms:
                self.report("call_after_settle", life.key, f"attempt {event['attempt']} was started after the end")

    def check_row(self, life):
        row = self.rows.get(life.key)
        if row is None:
            if not any(event["kind"] == "cleaned" for event in life.events):
                self.report("lost", life.key, "no row")
            return
        if int(row["id"]) != life.id:
            self.report("wrong_row", life.key, f"the row is of task {row['id']}, not {life.id}")
            return
        wanted = {"status": life.status, "attempts": len(life.attempts), "retry_count": max(len(life.attempts) - 1, 0)}
        if life.attempts:
            wanted["last_status"] = life.attempts[-1].get("http_status", 0)
        for name, value in wanted.items():
            if row[name] != value:
                self.report("wrong_row", life.key, f"{name} is {row[name]}, not {value}")
        if life.status == SENDING and not (self.may_pend and row["next_retry_time"] > 0):
            self.report("lost", life.key, "not settled")
        if life.status != SENDING and (row["next_retry_time"] or row["at"]):
            self.report("wrong_row", life.key, "settled, and yet it has a next attempt")

    # The checks of everything

    def check_rows_have_events(self):
        told = {(event["id"], event["src"]) for event in self.events}
        told_commands = {event["src"] for event in self.events if event["kind"] == "command"}
        known = {life.id for life in self.lives}
        for key, row in self.row_log:
            if row["entered"] < 0:
                if not self.commands[key]:
                    self.report("unpublished", key, "a marker without a command")
                continue
            if int(row["id"]) not in known:
                self.report("unpublished", key, f"a row of task {row['id']}")
            elif (row["id"], row["src"]) not in told and not any(
                    src.startswith("control-") and src.endswith(f"-{row['ctl']}") for src in told_commands):
                self.report("missing_event", key, f"row of {row['src']} (attempts {row['attempts']})")

    def check_stops(self):
        answers = {event["src"]: event for event in self.events if event["kind"] == "command"}
        lives = {life.key: life for life in self.lives}
        for command in (command for commands in self.commands.values() for command in commands):
            answer = answers.get(f"control-{command['partition']}-{command['offset']}")
            life = lives.get(command["key"])
            if answer is None:
                self.report("not_stopped" if command["command"] == "stop" else "missing_event", command["key"],
                            f"the {command['command']} has no answer")
            elif command["command"] == "stop" and life is not None:
                self.check_stop(life, answer)

    def check_stop(self, life, answer):
        detail = answer.get("detail")
        if detail == "stopped" and life.status != STOPPED:
            self.report("not_stopped", life.key, f"answered {detail}, but {STATUS_NAMES[life.status]}")
        if detail == "already_settled" and life.status == SENDING:
            self.report("not_stopped", life.key, f"answered {detail}, but it is not")

    def check_duplicates(self):
        told = {event["src"]: event.get("detail") for event in self.events if event["kind"] == "duplicate"}
        wanted = {"ignore": "ignored", "reject": "rejected"}
        homes = self.find_homes({(record.partition, record.offset): record
                                 for record in self.evidence.topics.get("tasks", [])})
        for publish, record, policy in self.duplicates:
            place = homes.get((record.partition, record.offset), (record.partition, record.offset))
            detail = told.get(f"tasks-{place[0]}-{place[1]}", told.get(record.coordinates))
            if detail is None:
                self.report("missing_event", publish["key"], f"the duplicate at {record.coordinates} has no event")
            elif detail != wanted[policy]:
                self.report("duplicate_called", publish["key"], f"policy {policy}, but it was {detail}")

    def check_dead(self):
        """Every dead letter has its reason to be there, and the other way about."""
        letters = defaultdict(list)
        for record in self.evidence.topics.get("dead", []):
            letters[record.value].append(record)
        wanted = set()
        failed = [(life.key, life.record, life.status == FAILURE) for life in self.lives]
        failed += [(publish["key"], record, policy == "reject") for publish, record, policy in self.duplicates]
        failed += [(publish["key"], record, True) for publish, record in self.poison]
        for key, record, is_wanted in failed:
            if is_wanted:
                wanted.add(record.value)
            if is_wanted and not any(letter.headers.get("autohttp-reason") for letter in letters[record.value]):
                self.report("missing_dead", key, f"no dead letter with a reason for {record.coordinates}")
        for value, records in letters.items():
            if records and value not in wanted:
                self.report("unexpected_dead", str(records[0].key), f"{len(records)} at {records[0].coordinates}")

    def check_poison(self):
        refused = {event["src"] for event in self.events if event["kind"] == "refused"}
        for publish, record in self.poison:
            if record.coordinates not in refused:
                self.report("missing_event", publish["key"], f"the refusal of {record.coordinates} has no event")

    def check_committed(self):
        """A record of a tier whose wait was not over at the run's end, of a stopped task, is not yet read."""
        if not self.evidence.committed or self.may_pend:
            return
        end_ms = max((get_ms(event, "time") for event in self.events), default=0)
        for name, records in self.evidence.topics.items():
            tier_ms = int(name[len("delay."):-len("ms")]) if name.startswith("delay.") else 0
            ends = {record.partition: record.offset + 1 for record in records if record.time_ms + tier_ms < end_ms or
                    tier_ms == 0}
            for partition, end in ends.items() if COMMITTED_TOPIC.fullmatch(name) else ():
                offset = self.evidence.committed.get((name, partition), 0)
                if offset < end:
                    self.report("uncommitted", f"{name}-{partition}", f"committed {offset}, end {end}")

    def check(self):
        self.find_lives()
        self.collect()
        lasts = {life.key: life for life in self.lives}
        for life in self.lives:
            for check in (self.check_numbers, self.check_outcomes, self.check_waits, self.check_times,
                          self.check_copies, self.check_silence):
                check(life)
            if lasts[life.key] is life:
                self.check_row(life)
            elif life.status == SENDING:
                self.report("lost", life.key, f"task {life.id} was replaced without an event")
        for check in (self.check_rows_have_events, self.check_stops, self.check_duplicates, self.check_dead,
                      self.check_poison, self.check_committed):
            check()
        for violation in judge(self):
            self.report(*violation)
        return self.violations

    def get_figures(self):
        late_ms = sorted(get_ms(event, "start_time") - get_ms(event, "due_time") for life in self.lives
                         for event in life.attempts if get_ms(event, "due_time"))
        figures = {"published": len(self.evidence.publishes), "tasks": len(self.lives),
                   **{name.lower(): 0 for name in STATUS_NAMES.values()},
                   **Counter(STATUS_NAMES[life.status].lower() for life in self.lives),
                   "duplicates": len(self.duplicates), "poison": len(self.poison),
                   "commands": len(self.evidence.commands), "calls": len(self.evidence.calls),
                   "attempts": sum(len(life.attempts) for life in self.lives),
                   "dead_letters": len(self.evidence.topics.get("dead", [])),
                   **{f"copies_{reason}": count for reason, count in sorted(self.copies.items())}}
        for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1)):
            figures[f"late_{name}_ms"] = late_ms[max(int(len(late_ms) * share) - 1, 0)] if late_ms else 0
        return figures


def check(evidence, may_pend=False):
    """The violations and the figures."""
    checker = Checker(evidence, may_pend)
    return checker.check(), checker.get_figures()


def print_result(violations, figures, line_max=50):
    print(" ".join(f"{name}={value}" for name, value in figures.items()))
    for violation in violations[:line_max]:
        print(violation)
    if violations:
        print("violations: " + ", ".join(f"{count} {kind}" for kind, count in
                                         Counter(violation.kind for violation in violations).most_common()))
    else:
        print("no violation")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bootstrap", "prefix", "publishes", "calls"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--group", help="default: the prefix")
    parser.add_argument("--pending", action="store_true")
    options = parser.parse_args()
    evidence = read_logs(options.publishes, options.calls)
    read_topics(evidence, {"bootstrap.servers": options.bootstrap}, options.prefix, options.group or options.prefix)
    violations, figures = check(evidence, options.pending)
    print_result(violations, figures)
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
