/* plugin_watch: which hook of the plugin runs now, for those who look from outside: the admin threads and a crash.
 *
 * plugin_watch_enter() and plugin_watch_leave() enclose each call into the plugin. A fatal signal between them
 * (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, in the same thread) writes one line to stderr, which names hook and file,
 * and then ends the process as it would have without.
 *
 * Memory:  one for the process: a signal handler has no other way to it. Names are borrowed for ever.
 * Threads: enter and leave by the loop's, get by any.
 */
#ifndef WORKER_PLUGIN_WATCH_H
#define WORKER_PLUGIN_WATCH_H

/* Installs the handlers. path: of the plugin, for the line; cut if it is long. */
void plugin_watch_open(const char *path);
void plugin_watch_enter(const char *hook);
void plugin_watch_leave(void);
/* The hook that runs now; NULL: none. */
const char *plugin_watch_get_hook(void);

#endif
