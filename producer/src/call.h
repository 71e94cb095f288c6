/* call: what an inline call has beyond its address and body, and how it is cancelled.
 *
 * Memory:  as autohttp.h says.
 * Threads: one at a time, but for autohttp_call_cancel().
 */
#ifndef PRODUCER_CALL_H
#define PRODUCER_CALL_H

#include "autohttp.h"
#include "transfer.h"

struct autohttp_call {
    autohttp_task_t *task;
    struct transfer_cancel cancel;
};

#endif
