# suites.sh: the suites of tests/run, and how their results are counted. Sourced by it; uses $top and $build.
#
# A suite calls count_result for each thing that passed or failed. What a test prints is shown only if it failed.
# shellcheck shell=bash
# shellcheck disable=SC2154 # top and build are tests/run's

passed=0 failed=0 scratch='' child=''

begin_run() {
    scratch=$(mktemp -d)
    export TMPDIR=$scratch
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
}

clean_up() {
    if [ -n "$child" ]; then
        kill -TERM -- "-$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    rm -rf "$scratch"
}

end_run() {
    echo "$passed passed, $failed failed"
    if [ "$failed" -gt 0 ] || [ "$passed" = 0 ]; then exit 1; fi
}

run_suite() {
    local name=$1 passed_before=$passed failed_before=$failed started=$SECONDS
    shift
    echo "== $name"
    "$@"
    echo "== $name: $((passed - passed_before)) passed, $((failed - failed_before)) failed, $((SECONDS - started)) s"
}

# Runs a command with its output in a file, so that a signal to this script ends all of it.
capture() {
    local output=$1 status=0
    shift
    set -m # a process group of its own
    "$@" >"$output" 2>&1 </dev/null &
    child=$!
    set +m
    wait "$child" || status=$?
    child=''
    return "$status"
}

count_result() {
    if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# One command, one result.
check() {
    local what=$1 status=0 started=$SECONDS
    shift
    capture "$scratch/check.log" "$@" || status=$?
    count_result "$status"
    if [ "$status" = 0 ]; then
        echo "ok $what ($((SECONDS - started)) s)"
    else
        echo "FAILED $what: exit $status"
        tail -n 200 "$scratch/check.log"
    fi
}

# A program that ends with "N passed, N failed"; without such a line its exit code is one result.
check_program() {
    local what=$1 status=0 started=$SECONDS
    shift
    capture "$scratch/program.log" "$@" || status=$?
    count_program "$what" "$scratch/program.log" "$status" "$((SECONDS - started))"
}

count_program() {
    local what=$1 output=$2 status=$3 seconds=$4 totals
    totals=$(grep -oxE '[0-9]+ passed, [0-9]+ failed' "$output" | tail -n 1) || totals=
    if [ -n "$totals" ]; then
        passed=$((passed + ${totals%% *}))
        totals=${totals#*, }
        failed=$((failed + ${totals%% *}))
        # Totals that say all is well do not excuse a program that did not end well.
        if [ "$status" != 0 ] && [ "${totals%% *}" = 0 ]; then failed=$((failed + 1)); fi
    else
        count_result "$status"
    fi
    if [ "$status" = 0 ]; then
        echo "ok $what ($seconds s)"
    else
        echo "FAILED $what: exit $status"
        tail -n 300 "$output"
    fi
}

# Configures and builds a folder. A target that does not build is a failure; the others are built and tested all the same.
build_tree() {
    local folder=$1 type=$2 sanitize=$3
    shift 3
    check "configure ${folder##*/}" cmake -S "$top" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE="$type" -DAUTOHTTP_TESTS=ON \
        -DAUTOHTTP_SANITIZE="$sanitize"
    check "compile ${folder##*/}" ninja -C "$folder" -k 0 "$@"
}

# ctest's tests of a name (-R) or label (-L) that matches a pattern, each counted; none at all is a failure, and so is one that did not run.
run_ctest() {
    local folder=$1 option=$2 pattern=$3 status=0 summary total bad
    shift 3
    capture "$scratch/ctest.log" "$@" ctest --test-dir "$folder" "$option" "$pattern" --output-on-failure --timeout 600 \
        -j "$(nproc)" || status=$?
    summary=$(grep -oE '[0-9]+ tests failed out of [0-9]+' "$scratch/ctest.log") || summary="1 tests failed out of 1"
    total=${summary##* }
    bad=$((${summary%% *} + $(grep -cE '\*\*\*(Skipped|Not Run \(Disabled\))' "$scratch/ctest.log" || true)))
    if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    passed=$((passed + total - bad))
    failed=$((failed + bad))
    if [ "$bad" != 0 ]; then grep -vE '^ +Start +[0-9]+:| Passed ' "$scratch/ctest.log" | tail -n 300; fi
    echo "ctest $pattern in ${folder##*/}: $((total - bad)) of $total passed"
}

suite_unit() { run_ctest "$build" -R '^unit_'; }
suite_contracts() { run_ctest "$build" -R '^contracts_'; }
suite_sim() { run_ctest "$build" -R '^sim'; }
# The large variants only with --all.
suite_model() {
    local size=--quick
    if [ -n "${AUTOHTTP_TEST_ALL:-}" ]; then size=--all; fi
    check_program "the models" "$top/tests/model/run" "$size"
}
suite_install() { check_program "what is installed" "$top/tests/install/run"; }
suite_fuzz() { check_program "the fuzz targets" "$top/tests/fuzz/run"; }

list_e2e() {
    local program
    for program in "$top"/tests/e2e/test_*; do
        if [[ ${program##*/} != *.* && -x $program ]]; then printf '%s\0' "$program"; fi
    done
}

# Two at a time: much of what they do is to wait for a due time. Each has ports and folders of its own.
suite_e2e() {
    local program status seconds
    # shellcheck disable=SC2016 # for the inner shell
    capture "$scratch/e2e.log" xargs -0 -P 2 -I '{}' -a <(list_e2e) bash -c '
        log=$0/$(basename "$1").log
        "$1" >"$log" 2>&1 </dev/null
        echo "$? $SECONDS" >"$log.status"' "$scratch" '{}' || true
    while IFS= read -r -d '' program; do
        status=70 seconds=0 # it was not run
        read -r status seconds <"$scratch/${program##*/}.log.status" || touch "$scratch/${program##*/}.log"
        count_program "${program##*/}" "$scratch/${program##*/}.log" "$status" "$seconds"
    done < <(list_e2e)
}

# The long run only with --all.
suite_chaos() {
    local size=()
    if [ -n "${AUTOHTTP_TEST_ALL:-}" ]; then size=(--long); fi
    check_program "the fault proxy" "$top/tests/chaos/test_fault_proxy"
    check_program "the crash points" "$top/tests/chaos/test_crash_points"
    check_program "chaos" "$top/tests/chaos/run" "${size[@]}"
}

suite_docs() { check_program "the documentation's examples" "$top/tests/docs/run" "$build"; }

suite_sanitizers() {
    local targets prefix=()
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
    build_tree "$build-asan" Debug address,undefined
    run_ctest "$build-asan" -R '^(unit|contracts)_'
    build_tree "$build-tsan" Debug thread help
    mapfile -t targets < <(ctest --test-dir "$build-tsan" -N -L '^threads$' | sed -n 's/.*: unit_/test_/p')
    check "compile the thread tests" ninja -C "$build-tsan" -k 0 "${targets[@]}" endpoint
    # ThreadSanitizer of this age does not bear the address layouts of newer kernels.
    if setarch -R true 2>/dev/null; then prefix=(setarch -R); fi
    run_ctest "$build-tsan" -L '^threads$' "${prefix[@]}"
}

suite_rules() {
    local format=clang-format-14
    if [ -x "$top/../shared/tools/house-rules" ]; then check "house rules" "$top/../shared/tools/house-rules"; fi
    check "shell scripts" run_shellcheck
    if ! command -v "$format" >/dev/null; then
        format=clang-format
        echo "clang-format-14, whose layout the code has, is not to be had here; using $("$format" --version || true)"
    fi
    check "layout of the C files" check_layout "$format"
    check "manual pages" check_manual
    check "Python files compile" check_python
}

list_files() { git -C "$top" ls-files --cached --others --exclude-standard -z "$@"; }

# Scripts without an ending are told by their first line.
list_scripts() {
    local kind=$1 file first
    list_files | while IFS= read -r -d '' file; do
        [ -f "$top/$file" ] || continue
        IFS= read -r first <"$top/$file" 2>/dev/null || first=
        if [[ $first =~ ^#!.*(/| )($kind)[0-9.]*$ ]]; then printf '%s\0' "$top/$file"; fi
    done
}

run_shellcheck() {
    list_scripts 'bash|sh' 2>/dev/null | xargs -0r shellcheck --external-sources --source-path="$top"
}

check_layout() { list_files '*.c' '*.h' | xargs -0r "$1" --dry-run -Werror --style=file; }

check_manual() {
    local page
    for page in "$top"/producer/man/*.scd "$top"/worker/man/*.scd; do
        [ -f "$page" ] || continue
        scdoc <"$page" >"$scratch/page" && mandoc -T lint -W error "$scratch/page" || return 1
    done
}

check_python() {
    { list_files '*.py' | sed -z "s#^#$top/#" && list_scripts python; } |
        xargs -0r /usr/bin/python3 -c 'import ast, sys; [ast.parse(open(name).read(), name) for name in sys.argv[1:]]'
}
