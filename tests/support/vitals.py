"""What a run shows beside its tasks' lives: time to settle, caps, resources, metrics, secrets, and views of the rows.

Judges the notes of the publish log, one JSON object a line, each named by its first field:
  {"calm": ms, "bound_ms"}                the last fault was over; from then on nothing is later than the bound
  {"cap": most, "path"}                   calls whose path begins so, under way at a time; a fault may double the last ones
  {"rate": per_s, "path", "burst"}        calls whose path begins so, in any second
  {"sample": who, "before", "after", "slack"}  each {what: number}: descriptors, threads, bytes of a process at rest
  {"counted": {series: number}, "from_ms"}     growth of the workers' metrics since then, in sum
  {"view": who, "rows": {key: row}}       all rows as somebody has them who read `state`
  {"canary": text}                        a secret: no log, metric, event, page or header of a dead letter may hold it
  {"text": name, "content"}               a log, page, ...: to be searched for canaries

    for violation in judge(checker): ...  # (kind, subject, text), after checker.py has collected the lives
"""
from evidence import FAILURE, STOPPED, SUCCESS, get_ms

STATUS_LABELS = {SUCCESS: "success", FAILURE: "failure", STOPPED: "stopped"}
RATE_MS = 1000


def judge(checker):
    for check in (check_calm, check_caps, check_rates, check_samples, check_counted, check_views, check_secrets):
        yield from check(checker)


def get_notes(checker, name):
    return checker.evidence.notes.get(name, [])


def check_calm(checker):
    for note in get_notes(checker, "calm"):
        for life in checker.lives:
            for event in life.attempts:
                due_ms = max(get_ms(event, "due_time") or 0, note["calm"])
                late_ms = get_ms(event, "start_time") - due_ms
                if late_ms > note["bound_ms"]:
                    yield "late", life.key, (f"attempt {event['attempt']} was started {late_ms} ms after it was due, "
                                             f"{note['bound_ms']} are allowed without a fault")


def select_calls(checker, note):
    return [call for call in checker.evidence.calls if call["path"].startswith(note["path"])]


def check_caps(checker):
    for note in get_notes(checker, "cap"):
        steps = [(call["time_ms"], 1) for call in select_calls(checker, note)]
        steps += [(call["end_time_ms"], -1) for call in select_calls(checker, note)]
        count = most = 0
        for _, step in sorted(steps):
            count += step
            most = max(most, count)
        if most > note["cap"]:
            yield "over_cap", note["path"] or "all", f"{most} calls at a time, {note['cap']} are allowed"


def check_rates(checker):
    for note in get_notes(checker, "rate"):
        times = sorted(call["time_ms"] for call in select_calls(checker, note))
        allowed = note["rate"] + note["burst"]
        for first, last in zip(times, times[allowed:]):
            if last - first < RATE_MS:
                yield "over_cap", note["path"] or "all", f"more than {allowed} calls in a second, at {first:.0f}"
                break


def check_samples(checker):
    for note in get_notes(checker, "sample"):
        for what, before in note["before"].items():
            grown = note["after"][what] - before
            if grown > note["slack"][what]:
                yield "leak", note["sample"], f"{what}: {grown} more than at first, {note['slack'][what]} are allowed"


def count_series(checker, from_ms):
    """What the workers' metrics should have counted since then."""
    attempts = [event for life in checker.lives for event in life.attempts if get_ms(event, "time") >= from_ms]
    ends = [life for life in checker.lives if life.settled_ms is not None and life.settled_ms >= from_ms]
    counts = {f'tasks_settled_total{{status="{label}"}}': sum(life.status == status for life in ends)
              for status, label in STATUS_LABELS.items()}
    counts["attempts_total"] = len(attempts)
    counts["dead_letters_total"] = sum(record.time_ms >= from_ms
                                       for record in checker.evidence.topics.get("dead", []))
    return counts


def check_counted(checker):
    for note in get_notes(checker, "counted"):
        counts = count_series(checker, note["from_ms"])
        for series, number in note["counted"].items():
            if number != counts[series]:
                yield "wrong_metric", series, f"grew by {number:.0f}, not {counts[series]}"


def check_views(checker):
    rows = {key: row for key, row in checker.rows.items() if row["entered"] >= 0}
    for note in get_notes(checker, "view"):
        for key in sorted(rows.keys() | note["rows"].keys()):
            if rows.get(key) != note["rows"].get(key):
                yield "wrong_view", f"{note['view']}: {key}", (f"has {note['rows'].get(key)}, "
                                                               f"`state` {rows.get(key)}")


def list_public_texts(checker):
    """(name, text) of all that others than the endpoint may read."""
    for note in get_notes(checker, "text"):
        yield note["text"], note["content"]
    for record in checker.evidence.topics.get("events", []):
        yield record.coordinates, record.value.decode("utf-8", "replace")
    for record in checker.evidence.topics.get("dead", []):
        for name, value in record.headers.items():
            yield f"{record.coordinates}, header {name}", value.decode("utf-8", "replace")


def check_secrets(checker):
    canaries = [note["canary"] for note in get_notes(checker, "canary")]
    for name, text in list_public_texts(checker):
        for canary in canaries:
            if canary in text:
                yield "secret", name, f"holds {canary}"
