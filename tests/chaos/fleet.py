"""The workers of a chaos run, each at a place: its settings, its folder, its proxies to brokers and endpoint.

What ends a worker, its place notes as a window for the checker and counts; after a while tick() starts it again, mostly
with a crash point (crash_points.c). A guest is a worker that comes, stays a while and leaves.

A place is up (its worker can be harmed), paused until resume_at, ending (why is set), or down until start_at.
"""
import re
import shutil
import signal
import time
from collections import Counter

from main_job import find_closed_port
from plan import draw_crash_point
from stack import BUILD, Worker

CHAOS_WORKER = BUILD / "tests" / "chaos" / "chaos_worker"
MAX_IN_FLIGHT = 64
SETTINGS = {"session_timeout": "6s", "heartbeat_interval": "1s", "revoke_timeout": "6s", "drain_timeout": "15s",
            "timeout": "4s", "connect_timeout": "2s", "hold": "1s", "max_in_flight": MAX_IN_FLIGHT,
            "defer_max": "0s"}  # the breaker of a dead port would put its tasks off beyond the run
STUCK_S = 90       # a worker that was told to stop and has not
CRASH_SHARE = 0.75  # of the starts: with a crash point
EXITS_TO_RESTART = (69, 70)
ADMIN = re.compile(r"msg=worker_started.* admin=(\S+)")


class Place(Worker):
    program = CHAOS_WORKER

    def __init__(self, fleet, name, settings, stay_s=None):
        self.fleet = fleet
        self.links = {port: fleet.proxy.open_link(port) for port in fleet.ports}
        self.leave_at = stay_s and time.time() + stay_s
        self.resume_at = None
        # Always the same port: the group goes on to tell a static member's first address when it comes back.
        super().__init__(fleet.stack, name, {**SETTINGS, "admin_listen": f"127.0.0.1:{find_closed_port()}", **settings})

    def start(self):
        self.environment["AUTOHTTP_DETOUR"] = " ".join(f"{port}={link.port}" for port, link in self.links.items())
        self.environment["AUTOHTTP_CRASH_AT"] = self.crash_at = self.fleet.draw_crash_point()
        self.begin = self.launch()
        self.why = self.start_at = None

    @property
    def is_up(self):
        return self.start_at is None and self.resume_at is None and self.why is None and self.process.poll() is None

    # What can be done to one that is up

    def end(self, number, why, wait_s):
        """Ends the process by a signal; it starts again so many seconds after its end."""
        self.why, self.wait_s, self.ended_at = why, wait_s, time.time()
        self.process.send_signal(number)

    def wipe(self, wait_s):
        self.end(signal.SIGKILL, "wipe", wait_s)
        self.process.wait()
        shutil.rmtree(self.folder / "state", ignore_errors=True)

    def pause(self, seconds):
        self.process.send_signal(signal.SIGSTOP)
        self.paused_at = time.time()
        self.resume_at = self.paused_at + seconds

    # What happens to it

    def resume(self):
        self.process.send_signal(signal.SIGCONT)
        self.fleet.note_window(self.paused_at, time.time(), "pause")
        self.resume_at = None

    def tick(self, now):
        if self.start_at is not None:
            if now >= self.start_at:
                self.start()
        elif self.process.poll() is not None:
            self.note_end(now)
        elif self.resume_at is not None:
            if now >= self.resume_at:
                self.resume()
        elif self.leave_at is not None and now >= self.leave_at and self.why is None:
            self.end(signal.SIGTERM, "leave", 0)
        elif self.why is not None and now - self.ended_at > STUCK_S:
            self.fleet.complain(f"{self.name} has not stopped {STUCK_S} s after SIGTERM")
            self.end(signal.SIGKILL, "kill", 0)

    def note_end(self, now):
        code = self.process.returncode
        if code == -signal.SIGTERM and self.why is not None:
            code = 0  # told to stop before it had come to handle signals
        if self.why is None or (code != 0 and self.why in ("restart", "leave")):
            self.wait_s = 0.5
            self.note_own_end(code, now)
        elif code == -signal.SIGKILL:
            self.fleet.note_window(self.ended_at, self.ended_at, self.why)
        self.start_at = now + self.wait_s

    def note_own_end(self, code, now):
        """It ended of itself: at a crash point, for want of a broker, or through a bug."""
        lines = self.read_log(self.begin).splitlines()
        if code == -signal.SIGKILL and self.crash_at:
            self.fleet.points[self.crash_at.split(" ")[0]] += 1
            self.fleet.note_window(now - 0.2, now, "crash_point")
        elif code in EXITS_TO_RESTART:
            self.fleet.deaths[f"exit {code}: {lines[-1][:200] if lines else ''}"] += 1
            self.fleet.note_window(now - 0.2, now, "death")
        else:
            self.fleet.complain(f"{self.name} ended with {code}:\n" + "\n".join(lines[-15:]))

    def is_ready(self):
        found = ADMIN.search(self.read_log(self.begin))
        if not self.is_up or found is None:
            return False
        self.admin = found.group(1)
        try:
            return super().is_ready()
        except OSError:
            return False


class Fleet:
    """ports: of all that workers connect to. chance draws the crash points."""

    def __init__(self, stack, job, proxy, ports, chance, count):
        self.stack, self.job, self.proxy, self.ports, self.chance = stack, job, proxy, ports, chance
        self.points, self.deaths = Counter(), Counter()  # crash points that struck; ends for a reason of their own
        self.complaints = []                             # what must not be
        self.gate = stack.folder / "crash-gate"
        self.gate.touch()
        self.guests = []
        self.places = [Place(self, f"worker-{number}", {"instance_id": f"chaos-{number}"} if number % 2 else {})
                       for number in range(count)]

    def draw_crash_point(self):
        return f"{draw_crash_point(self.chance)} {self.gate}" if self.chance.random() < CRASH_SHARE else ""

    def note_window(self, start, end, why):
        self.job.notes.append({"window": [start * 1000, end * 1000], "why": why})

    def complain(self, text):
        self.complaints.append(text)

    def tick(self):
        for place in self.places + self.guests:
            place.tick(time.time())
        self.guests = [guest for guest in self.guests if guest.start_at is None]

    def find_up(self, number):
        """The place of this number, else the next one that is up; None: none is."""
        return next((place for place in self.places[number:] + self.places[:number] if place.is_up), None)

    def invite(self, seconds):
        self.guests.append(Place(self, f"guest-{len(self.guests)}", {}, seconds))

    def calm(self):
        """Ends all that is under way: no crash point strikes any more, workers that are down start, guests leave."""
        self.gate.unlink(missing_ok=True)
        for place in self.places + self.guests:
            if place.resume_at is not None:
                place.resume_at = 0
            if place.start_at is not None:
                place.start_at = 0
            place.leave_at = place.leave_at and 0.1
            for link in place.links.values():
                link.clear()

    def is_ready(self):
        self.tick()
        return not self.guests and all(place.is_ready() for place in self.places)
