/* command: which task to stop, retry or delete, as a program builds it.
 *
 * Memory:  as autohttp.h says.
 * Threads: setters one at a time; sending only reads.
 */
#ifndef PRODUCER_COMMAND_H
#define PRODUCER_COMMAND_H

#include "autohttp.h"
#include <stdbool.h>

struct autohttp_command {
    char *business_type;
    char *business_id;
    char *reason; /* NULL: none */
    bool force;
};

#endif
