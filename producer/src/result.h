/* result: what an inline call came to, and the record that saves its task.
 *
 * Memory:  as autohttp.h says; NULL stands for a call that was refused for want of memory.
 * Threads: one at a time.
 */
#ifndef PRODUCER_RESULT_H
#define PRODUCER_RESULT_H

#include "autohttp.h"
#include "parcel.h"
#include "transfer.h"

#define RESULT_ERRSTR_BYTES 512

struct autohttp_result {
    enum autohttp_outcome outcome;
    enum autohttp_rc rc;
    enum autohttp_status status; /* 0: refused */
    bool is_saved;
    uint64_t id;
    int64_t next_time_ms; /* 0: no attempt follows */
    struct transfer_answer answer;
    const char *error_class;
    char call_errstr[RESULT_ERRSTR_BYTES]; /* of the call, or why it was refused */
    char save_errstr[RESULT_ERRSTR_BYTES];
    char errstr[2 * RESULT_ERRSTR_BYTES + 16]; /* both */
    struct parcel parcel;                      /* empty json: refused */
};

/* NULL if there is no memory. */
struct autohttp_result *result_new(void);
/* Publishes the task with what became of its first attempt, and waits for the acknowledgement. */
void result_save(autohttp_t *handle, struct autohttp_result *result, int timeout_ms);
/* Puts outcome, rc and errstr together from the rest. */
void result_conclude(struct autohttp_result *result);

#endif
