/* publish_many HOST:PORT URL [COUNT]: queues tasks without waiting for each; when the queue is full, waits for room. */
#include <autohttp.h>
#include <stdio.h>
#include <stdlib.h>

static long lost; /* written by the handle's thread; read when autohttp_free() has ended it */

static void on_delivery(const autohttp_delivery_t *delivery, void *opaque)
{
    if (autohttp_delivery_get_rc(delivery) != AUTOHTTP_OK) {
        fprintf(stderr, "%s: %s\n", (const char *)opaque, autohttp_delivery_get_errstr(delivery));
        lost++; /* a service would keep the task and publish it again */
    }
}

int main(int argc, char **argv)
{
    char errstr[512] = "usage: publish_many HOST:PORT URL [COUNT]", id[32];
    long count = argc > 3 ? atol(argv[3]) : 10000, i = 0;
    int rc = AUTOHTTP_INVALID;
    autohttp_config_t *config = autohttp_config_new();
    autohttp_task_t *task = autohttp_task_new(); /* one object for all: a changed task is another task */
    autohttp_t *handle = NULL;
    if (argc >= 3 && autohttp_config_set(config, "bootstrap.servers", argv[1], errstr, sizeof errstr) == AUTOHTTP_OK &&
        autohttp_config_set(config, "queue_max_count", "1000", errstr, sizeof errstr) == AUTOHTTP_OK)
        handle = autohttp_new(config, errstr, sizeof errstr);
    for (rc = handle != NULL && task != NULL ? AUTOHTTP_OK : rc; rc == AUTOHTTP_OK && i < count; i++) {
        snprintf(id, sizeof id, "%ld", i);
        autohttp_task_set_business_key(task, "import", AUTOHTTP_TEXT, id, AUTOHTTP_TEXT);
        autohttp_task_set_url(task, argv[2], AUTOHTTP_TEXT);
        while ((rc = autohttp_publish(handle, task, on_delivery, "import", errstr, sizeof errstr)) == AUTOHTTP_FULL)
            autohttp_flush(handle, 100); /* until all is reported, or for 100 ms */
    }
    autohttp_free(handle, -1); /* every callback has returned after this */
    autohttp_task_free(task);
    autohttp_config_free(config);
    if (rc != AUTOHTTP_OK)
        fprintf(stderr, "%s\n", errstr);
    return rc == AUTOHTTP_OK && lost == 0 ? 0 : 1;
}
