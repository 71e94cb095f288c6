#include "call.h"

#include <stdlib.h>

autohttp_call_t *autohttp_call_new(void)
{
    autohttp_call_t *call = calloc(1, sizeof *call);

    if (call == NULL) {
        return NULL;
    }
    call->task = autohttp_task_new();
    if (call->task == NULL || pthread_mutex_init(&call->cancel.mutex, NULL) != 0) {
        autohttp_task_free(call->task);
        free(call);
        return NULL;
    }
    return call;
}

void autohttp_call_free(autohttp_call_t *call)
{
    if (call == NULL) {
        return;
    }
    pthread_mutex_destroy(&call->cancel.mutex);
    autohttp_task_free(call->task);
    free(call);
}

autohttp_task_t *autohttp_call_get_task(autohttp_call_t *call)
{
    return call->task;
}

void autohttp_call_cancel(autohttp_call_t *call)
{
    transfer_cancel(&call->cancel);
}
