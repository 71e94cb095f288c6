/* invariant: stops the process where our own code is wrong, in every build.
 *
 * INVARIANT(cond) is for our bugs only. Bytes from Kafka, HTTP, disk or a caller get a code, never an INVARIANT. A
 * failed one logs `msg=invariant_failed` with the condition, file and line, then aborts, so that a core shows the
 * state.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef WORKER_INVARIANT_H
#define WORKER_INVARIANT_H

/* Not assert(): CMake's Release defines NDEBUG and would drop it. */
#define INVARIANT(cond) ((cond) ? (void)0 : invariant_fail(#cond, __FILE__, __LINE__))

/* Does not return. */
void invariant_fail(const char *cond, const char *file, int line) __attribute__((noreturn));

#endif
