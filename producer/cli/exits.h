/* exits: the exit codes of the command, after sysexits.h, and how a failed call becomes one.
 *
 * Memory:  values.
 * Threads: any.
 */
#ifndef CLI_EXITS_H
#define CLI_EXITS_H

#include "rc.h"

enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_NO = 1,           /* asked and answered: the answer is no */
    EXIT_CODE_USAGE = 64,       /* the command line makes no sense */
    EXIT_CODE_DATA = 65,        /* a task, file or record breaks a rule */
    EXIT_CODE_UNAVAILABLE = 69, /* broker or worker cannot be reached */
    EXIT_CODE_BUG = 70,         /* our own fault */
    EXIT_CODE_AGAIN = 75,       /* queue full, time ran out: try again */
    EXIT_CODE_DENIED = 77,      /* not allowed */
    EXIT_CODE_CONFIG = 78,      /* configuration */
};

enum exit_code exits_from_rc(enum rc rc);

#endif
