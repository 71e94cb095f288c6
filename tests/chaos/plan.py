"""What is done to a run, and when: drawn from the seed beforehand, so that the seed repeats it.

    for fault in draw_faults(random.Random(seed), fault_count, duration_s, worker_count, node_count): ...
"""
from dataclasses import dataclass, field

KILL, PAUSE, RESTART, WIPE, JOIN = "kill", "pause", "restart", "wipe", "join"
BROKER_KILL, BROKER_PAUSE, BROKER_RESTART = "broker_kill", "broker_pause", "broker_restart"
LINK_KAFKA, LINK_ENDPOINT = "link_kafka", "link_endpoint"
SHARES = {KILL: 20, PAUSE: 20, RESTART: 10, WIPE: 3, JOIN: 8, LINK_KAFKA: 14, LINK_ENDPOINT: 12,
          BROKER_KILL: 4, BROKER_PAUSE: 2, BROKER_RESTART: 2}
PAUSE_S = (1, 15)
LONG_PAUSE_S, LONG_PAUSE_SHARE = 60, 0.1
LINK_S = (0.5, 12)
# Each name and how often it may be reached before it strikes: rare steps soon, frequent ones also late.
CRASH_POINTS = {"send:carry": 20, "sent:carry": 20, "acked:carry": 20, "send:row": 40, "sent:row": 40, "acked:row": 40,
                "send:event": 40, "sent:event": 40, "acked:event": 40, "send:claim": 3, "sent:claim": 3,
                "acked:claim": 3, "send:offsets": 3, "sent:offsets": 3, "acked:offsets": 3, "read:tasks": 30,
                "read:delay": 15, "read:control": 4, "read:state": 80, "apply": 20, "applied": 20, "commit": 20,
                "committing": 20, "committed": 20, "call": 30, "called": 30, "answered": 30, "revoking": 1}


@dataclass
class Fault:
    at_s: float
    kind: str
    target: int       # a worker's place, or a broker's
    seconds: float    # how long it lasts
    options: dict = field(default_factory=dict)  # of a link's fault

    def __str__(self):
        detail = " ".join(f"{name}={value}" for name, value in self.options.items())
        return f"{self.at_s:6.1f} s  {self.kind} {self.target} for {self.seconds:.1f} s {detail}".rstrip()


def draw_link_options(chance):
    fault = chance.choice(["delay", "drip", "hang", "up_drop", "down_drop", "half_close", "reset"])
    options = {"fault": fault}
    if fault == "delay":
        options.update(low_ms=chance.randrange(100), high_ms=chance.randrange(100, 800))
    elif fault == "drip":
        options.update(piece_bytes=chance.randrange(1, 400))
    return options


def draw_fault(chance, at_s, worker_count, node_count):
    kinds, shares = zip(*SHARES.items())
    kind = chance.choices(kinds, shares)[0]
    is_broker = kind in (BROKER_KILL, BROKER_PAUSE, BROKER_RESTART)
    fault = Fault(at_s, kind, chance.randrange(node_count if is_broker else worker_count), chance.uniform(0, 3))
    if kind == PAUSE:
        fault.seconds = chance.uniform(PAUSE_S[0], LONG_PAUSE_S if chance.random() < LONG_PAUSE_SHARE else PAUSE_S[1])
    elif is_broker:
        fault.seconds = chance.uniform(1, 10)
    elif kind in (LINK_KAFKA, LINK_ENDPOINT):
        fault.seconds = chance.uniform(*LINK_S)
        fault.options = draw_link_options(chance)
    elif kind == JOIN:
        fault.seconds = chance.uniform(0.5, 8)
    return fault


def draw_faults(chance, fault_count, duration_s, worker_count, node_count):
    """One of each kind is among them; a disk is wiped midway."""
    times = sorted(chance.uniform(0, duration_s) for _ in range(fault_count))
    faults = [draw_fault(chance, at_s, worker_count, node_count) for at_s in times]
    faults[len(faults) // 2].kind = WIPE
    return faults


def draw_crash_point(chance):
    """For a worker that starts: the point at which it will die, and how often it passes it by then."""
    name = chance.choice(list(CRASH_POINTS))
    return f"{name} {chance.randint(1, CRASH_POINTS[name])}"
