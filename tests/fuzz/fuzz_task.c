/* The JSON of a task: what is read prints, and reads back as what prints the same; task_check() agrees with
 * task_decode(). */
#include "fuzz.h"

#include "task_json.h"

static void encode(const struct task *task, struct buffer *buffer)
{
    FUZZ_CHECK(task_encode(task, buffer) == RC_OK && buffer_is_ok(buffer));
    FUZZ_CHECK(buffer->len_bytes <= TASK_JSON_MAX_BYTES);
}

static void check_round(const struct task *task)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct task again = {0};
    struct buffer first = {0};
    struct buffer second = {0};

    FUZZ_CHECK(task_check(task, errstr, sizeof errstr) == RC_OK);
    encode(task, &first);
    FUZZ_CHECK(task_decode(first.data, first.len_bytes, &again, errstr, sizeof errstr) == RC_OK);
    encode(&again, &second);
    FUZZ_CHECK(again.body_bytes == task->body_bytes && again.has_body == task->has_body);
    FUZZ_CHECK(task->body_bytes == 0 || memcmp(again.body, task->body, task->body_bytes) == 0);
    FUZZ_CHECK(again.key_bytes == task->key_bytes && memcmp(again.key, task->key, task->key_bytes) == 0);
    FUZZ_CHECK(first.len_bytes == second.len_bytes && memcmp(first.data, second.data, first.len_bytes) == 0);
    task_close(&again);
    buffer_close(&first);
    buffer_close(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct task task = {0};

    if (task_decode((const char *)data, size, &task, errstr, sizeof errstr) != RC_OK) {
        fuzz_check_errstr(errstr);
        return 0;
    }
    FUZZ_CHECK(size <= TASK_JSON_MAX_BYTES);
    check_round(&task);
    task_close(&task);
    return 0;
}
