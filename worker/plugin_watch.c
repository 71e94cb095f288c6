#include "plugin_watch.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_MAX_BYTES 1025
#define LINE_MAX_BYTES (PATH_MAX_BYTES + 256)
#define STACK_BYTES (64 * 1024)

static _Atomic(const char *) current_hook;
static _Atomic pid_t hook_thread;
static char plugin_path[PATH_MAX_BYTES];
/* A hook that recurses without end leaves no room on its own stack. */
static char signal_stack[STACK_BYTES];

static const struct {
    int number;
    const char *name;
} fatal_signals[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}, {SIGABRT, "SIGABRT"},
};

static pid_t get_thread(void)
{
    return (pid_t)syscall(SYS_gettid);
}

static const char *get_signal_name(int number)
{
    for (size_t i = 0; i < sizeof fatal_signals / sizeof fatal_signals[0]; i++) {
        if (fatal_signals[i].number == number) {
            return fatal_signals[i].name;
        }
    }
    return "?";
}

static size_t put_text(char *line, size_t line_bytes, const char *text)
{
    size_t text_bytes = strlen(text);

    if (text_bytes > LINE_MAX_BYTES - line_bytes) {
        text_bytes = LINE_MAX_BYTES - line_bytes;
    }
    memcpy(line + line_bytes, text, text_bytes);
    return line_bytes + text_bytes;
}

/* Only what is safe in a signal handler: no log module, no printf, no lock. */
static void on_fatal_signal(int number)
{
    const char *hook = atomic_load(&current_hook);
    char line[LINE_MAX_BYTES];
    size_t line_bytes = 0;
    ssize_t written;

    if (hook != NULL && atomic_load(&hook_thread) == get_thread()) {
        line_bytes = put_text(line, line_bytes, "level=error msg=plugin_crashed hook=");
        line_bytes = put_text(line, line_bytes, hook);
        line_bytes = put_text(line, line_bytes, " signal=");
        line_bytes = put_text(line, line_bytes, get_signal_name(number));
        line_bytes = put_text(line, line_bytes, " plugin=");
        line_bytes = put_text(line, line_bytes, plugin_path);
        line_bytes = put_text(line, line_bytes, "\n");
        written = write(STDERR_FILENO, line, line_bytes);
        (void)written; /* whether it is read or not, the process ends */
    }
    raise(number); /* blocked until this handler returns, then with the default action: SA_RESETHAND */
}

void plugin_watch_open(const char *path)
{
    stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    struct sigaction action = {.sa_handler = on_fatal_signal, .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK)};

    snprintf(plugin_path, sizeof plugin_path, "%s", path);
    sigaltstack(&stack, NULL);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof fatal_signals / sizeof fatal_signals[0]; i++) {
        sigaction(fatal_signals[i].number, &action, NULL);
    }
}

void plugin_watch_enter(const char *hook)
{
    atomic_store(&hook_thread, get_thread());
    atomic_store(&current_hook, hook);
}

void plugin_watch_leave(void)
{
    atomic_store(&current_hook, NULL);
}

const char *plugin_watch_get_hook(void)
{
    return atomic_load(&current_hook);
}
