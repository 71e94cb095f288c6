#include <autohttp.h> /* cc publish.c $(pkg-config --cflags --libs autohttp) -o publish */
#include <stdio.h>

int main(int argc, char **argv)
{
    char errstr[512] = "usage: publish HOST:PORT URL";
    const int64_t wait_ms[] = {60000, 300000, 1800000}; /* 1 min, 5 min, 30 min */
    int rc = AUTOHTTP_INVALID;
    autohttp_config_t *config = autohttp_config_new();
    autohttp_task_t *task = autohttp_task_new();
    autohttp_t *handle = NULL; /* one for the whole process */
    if (argc == 3 && autohttp_config_set(config, "bootstrap.servers", argv[1], errstr, sizeof errstr) == AUTOHTTP_OK)
        handle = autohttp_new(config, errstr, sizeof errstr);
    if (handle != NULL && task != NULL) {
        autohttp_task_set_business_key(task, "order", AUTOHTTP_TEXT, "42", AUTOHTTP_TEXT);
        autohttp_task_set_url(task, argv[2], AUTOHTTP_TEXT);
        autohttp_task_set_body(task, "{\"amount\": 1}", AUTOHTTP_TEXT);
        autohttp_task_set_ladder(task, wait_ms, 3);
        rc = autohttp_publish_sync(handle, task, 10000, NULL, errstr, sizeof errstr);
    }
    autohttp_free(handle, 10000);
    autohttp_task_free(task);
    autohttp_config_free(config);
    return rc == AUTOHTTP_OK ? 0 : (fprintf(stderr, "%s\n", errstr), 1);
}
