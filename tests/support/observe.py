"""What can be seen of running workers, as notes for vitals.py.

    before = count_settled([worker, other])
    job.notes += [note_counted(before, count_settled([worker, other]), from_ms), note_view(worker), *list_texts(worker)]
"""
import json
import os
import re
from collections import Counter
from pathlib import Path

from check import wait_until

PAGE_ROWS = 1000
SERIES = re.compile(r"autohttp_(?:(attempts_total|dead_letters_total)(?:\{.*\})?|(tasks_settled_total\{.*\})) (\d+)")


def count_settled(workers):
    """Attempts, settled tasks by status and dead letters, over all labels that are not told apart and all workers."""
    counts = Counter()
    for worker in workers:
        for line in worker.get("/metrics")[1].splitlines():
            found = SERIES.fullmatch(line)
            if found:
                counts[found.group(1) or found.group(2)] += int(found.group(3))
    return counts


def note_counted(before, after, from_ms):
    return {"counted": {series: after[series] - before[series] for series in after}, "from_ms": from_ms}


def get_page(worker, cursor):
    status, text = worker.get(f"/v1/tasks?limit={PAGE_ROWS}" + (f"&cursor={cursor}" if cursor else ""))
    if status != 200:
        raise AssertionError(f"{worker.name} answers {status} for its list: {text}")
    return json.loads(text)


def list_rows(worker):
    """All rows by key as this worker, and those that it asks, have them; None while a partition has no owner."""
    rows, cursor = {}, ""
    while cursor is not None:
        page = get_page(worker, cursor)
        if page["missing_partitions"]:
            return None
        rows.update({f"{row['business_type']}:{row['business_id']}": row for row in page["tasks"]})
        cursor = page["next_cursor"]
    return rows


def note_view(worker):
    return {"view": worker.name, "rows": wait_until(lambda: list_rows(worker), f"{worker.name} lists all rows")}


def list_texts(worker):
    """Its log, metrics and the content of some rows with hidden values."""
    texts = {"log": worker.read_log(), "metrics": worker.get("/metrics")[1]}
    page = get_page(worker, "")["tasks"][:20]
    for row in page:
        texts[row["id"]] = json.dumps(json.loads(worker.get(f"/v1/ids/{row['id']}?content=true")[1])["content"]["header"])
    return [{"text": f"{name} of {worker.name}", "content": content} for name, content in texts.items()]


def sample(process):
    """What the process holds now."""
    folder = Path(f"/proc/{process.pid}")
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return {"descriptors": len(os.listdir(folder / "fd")), "threads": int(status["Threads"]),
            "rss_bytes": int(status["VmRSS"].split()[0]) * 1024}
