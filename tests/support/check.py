"""A test program in Python: cases that run in order, one line each, totals on the last line.

    from check import case, expect, main

    @case
    def a_stopped_node_is_told_apart_from_a_ready_one():
        expect(status() == "stopped", "status says stopped")

    main()

A case fails by any exception; the others still run. main() prints `N passed, N failed` and exits 1 if any failed.
Arguments of the program name the cases to run. What a case registers with cleanup() runs when the program ends, however
it does (SIGTERM and SIGINT, too), last registered first.
"""
import contextlib
import signal
import sys
import tempfile
import time
import traceback

CASES = []
CLEANUP = contextlib.ExitStack()


def case(function):
    CASES.append(function)
    return function


def expect(is_true, what):
    if not is_true:
        raise AssertionError(what)


def wait_until(condition, what, timeout_s=30.0):
    """Polls until condition() is true and gives its value; fails, naming `what`, if it does not come."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        expect(time.monotonic() < deadline, f"{what}: not within {timeout_s:g} s")
        time.sleep(0.05)


def cleanup(function, *args):
    CLEANUP.callback(function, *args)


def new_folder():
    """A fresh folder, removed at the end."""
    return CLEANUP.enter_context(tempfile.TemporaryDirectory(prefix="autohttp-test-"))


def run_case(function):
    started = time.monotonic()
    try:
        function()
        result = "ok"
    except Exception:
        traceback.print_exc(file=sys.stdout)
        result = "FAILED"
    print(f"{result} {function.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
    return result == "ok"


def main():
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    wanted = [function for function in CASES if len(sys.argv) == 1 or function.__name__ in sys.argv[1:]]
    expect(wanted, f"no case of that name; there are: {' '.join(function.__name__ for function in CASES)}")
    with CLEANUP:
        passed = sum(run_case(function) for function in wanted)
    print(f"{passed} passed, {len(wanted) - passed} failed", flush=True)
    sys.exit(0 if passed == len(wanted) else 1)
