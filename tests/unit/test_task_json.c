#include "task_json.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit_table.h"

#define TASK(more) "{\"business_type\":\"order\",\"business_id\":\"1\",\"url\":\"http://h/\"" more "}"

/* The linker sends the codec's malloc and realloc here; cJSON and curl are handed them by their own hooks. */
void *__real_malloc(size_t byte_count);
void *__real_realloc(void *memory, size_t byte_count);
void *__wrap_malloc(size_t byte_count);
void *__wrap_realloc(void *memory, size_t byte_count);

static unsigned int allowed_count = UINT32_MAX; /* allocations that still succeed */

static bool is_allowed(void)
{
    if (allowed_count == 0)
        return false;
    if (allowed_count != UINT32_MAX)
        allowed_count--;
    return true;
}

void *__wrap_malloc(size_t byte_count)
{
    return is_allowed() ? __real_malloc(byte_count) : NULL;
}

void *__wrap_realloc(void *memory, size_t byte_count)
{
    return is_allowed() ? __real_realloc(memory, byte_count) : NULL;
}

static char *duplicate_text(const char *text)
{
    char *copy = __wrap_malloc(strlen(text) + 1);

    return copy != NULL ? strcpy(copy, text) : NULL;
}

static void *allocate_zeroed(size_t count, size_t byte_count)
{
    return is_allowed() ? calloc(count, byte_count) : NULL;
}

static int hook_allocations(void **state)
{
    cJSON_Hooks hooks = {.malloc_fn = __wrap_malloc, .free_fn = free};

    (void)state;
    cJSON_InitHooks(&hooks);
    return curl_global_init_mem(CURL_GLOBAL_NOTHING, __wrap_malloc, free, __wrap_realloc, duplicate_text,
                                allocate_zeroed) != CURLE_OK;
}

static int unhook_allocations(void **state)
{
    (void)state;
    cJSON_InitHooks(NULL);
    curl_global_cleanup();
    return 0;
}

static struct task decode(const char *json)
{
    struct task task = {0};
    char errstr[256] = "";

    if (task_decode(json, strlen(json), &task, errstr, sizeof errstr) != RC_OK)
        fail_msg("%s: %s", json, errstr);
    return task;
}

struct refused {
    const char *name;
    const char *json;
    enum rc rc;
    const char *errstr; /* its start */
};

static const struct refused refused[] = {
    {"task_without_type_is_refused", "{\"business_id\":\"1\",\"url\":\"http://h/\"}", RC_INVALID,
     "field business_type: missing"},
    {"task_without_id_is_refused", "{\"business_type\":\"a\",\"url\":\"http://h/\"}", RC_INVALID,
     "field business_id: missing"},
    {"task_without_url_is_refused", "{\"business_type\":\"a\",\"business_id\":\"1\"}", RC_INVALID,
     "field url: missing"},
    {"unknown_field_is_refused", TASK(",\"retries\":3"), RC_INVALID, "field retries: unknown"},
    {"deadline_is_not_built", TASK(",\"deadline\":1"), RC_UNSUPPORTED, "field deadline: its effect is not built yet"},
    {"success_is_not_built", TASK(",\"success\":{}"), RC_UNSUPPORTED, "field success: its effect is not built yet"},
    {"sign_is_not_built", TASK(",\"sign\":\"k\""), RC_UNSUPPORTED, "field sign: its effect is not built yet"},
    {"colon_in_type_is_refused", "{\"business_type\":\"a:b\",\"business_id\":\"1\",\"url\":\"http://h/\"}", RC_INVALID,
     "field business_type: holds a colon"},
    {"control_in_id_is_refused", "{\"business_type\":\"a\",\"business_id\":\"1\\n\",\"url\":\"http://h/\"}", RC_INVALID,
     "field business_id: holds a control"},
    {"delete_in_type_is_refused", "{\"business_type\":\"\x7f\",\"business_id\":\"1\",\"url\":\"http://h/\"}",
     RC_INVALID, "field business_type: holds a control"},
    {"bad_url_is_refused", "{\"business_type\":\"a\",\"business_id\":\"1\",\"url\":\"ftp://h/\"}", RC_INVALID,
     "field url: scheme \"ftp\" is neither"},
    {"user_info_in_url_is_refused", "{\"business_type\":\"a\",\"business_id\":\"1\",\"url\":\"http://u:p@h/\"}",
     RC_INVALID, "field url: holds user info"},
    {"lower_case_method_is_refused", TASK(",\"method\":\"post\""), RC_INVALID, "field method: \"post\""},
    {"method_with_space_is_refused", TASK(",\"method\":\"GET /\""), RC_INVALID, "field method: \"GET /\""},
    {"connect_is_refused", TASK(",\"method\":\"CONNECT\""), RC_INVALID, "field method: CONNECT is not allowed"},
    {"trace_is_refused", TASK(",\"method\":\"TRACE\""), RC_INVALID, "field method: TRACE is not allowed"},
    {"head_with_body_is_refused", TASK(",\"method\":\"HEAD\",\"body\":\"\""), RC_INVALID, "field body: HEAD"},
    {"header_that_is_no_object_is_refused", TASK(",\"header\":[]"), RC_INVALID, "field header: must be an object"},
    {"header_value_that_is_no_string_is_refused", TASK(",\"header\":{\"A\":1}"), RC_INVALID,
     "field header: every value"},
    {"header_name_with_space_is_refused", TASK(",\"header\":{\"A B\":\"\"}"), RC_INVALID, "field header: name \"A B\""},
    {"empty_header_name_is_refused", TASK(",\"header\":{\"\":\"\"}"), RC_INVALID, "field header: name \"\""},
    {"header_value_with_crlf_is_refused", TASK(",\"header\":{\"A\":\"x\\r\\nB: y\"}"), RC_INVALID,
     "field header: value of A holds a control"},
    {"host_is_refused", TASK(",\"header\":{\"hOsT\":\"h\"}"), RC_INVALID, "field header: hOsT is set by autohttp"},
    {"content_length_is_refused", TASK(",\"header\":{\"Content-Length\":\"1\"}"), RC_INVALID,
     "field header: Content-Length is"},
    {"transfer_encoding_is_refused", TASK(",\"header\":{\"transfer-encoding\":\"chunked\"}"), RC_INVALID,
     "field header: tr"},
    {"connection_is_refused", TASK(",\"header\":{\"Connection\":\"close\"}"), RC_INVALID,
     "field header: Connection is"},
    {"keep_alive_is_refused", TASK(",\"header\":{\"Keep-Alive\":\"1\"}"), RC_INVALID, "field header: Keep-Alive is"},
    {"te_is_refused", TASK(",\"header\":{\"te\":\"trailers\"}"), RC_INVALID, "field header: te is"},
    {"trailer_is_refused", TASK(",\"header\":{\"Trailer\":\"A\"}"), RC_INVALID, "field header: Trailer is"},
    {"upgrade_is_refused", TASK(",\"header\":{\"Upgrade\":\"h2c\"}"), RC_INVALID, "field header: Upgrade is"},
    {"expect_is_refused", TASK(",\"header\":{\"Expect\":\"100-continue\"}"), RC_INVALID, "field header: Expect is"},
    {"proxy_headers_are_refused", TASK(",\"header\":{\"proxy-anything\":\"1\"}"), RC_INVALID,
     "field header: proxy-any"},
    {"idempotency_key_header_is_refused", TASK(",\"header\":{\"idempotency-key\":\"1\"}"), RC_INVALID,
     "field header: idem"},
    {"attempt_header_is_refused", TASK(",\"header\":{\"Autohttp-Attempt\":\"1\"}"), RC_INVALID,
     "field header: Autohttp"},
    {"header_twice_in_other_case_is_refused", TASK(",\"header\":{\"X-A\":\"1\",\"x-a\":\"1\"}"), RC_INVALID,
     "field header: x-a comes twice"},
    {"two_bodies_are_refused", TASK(",\"body\":\"\",\"body_base64\":\"\""), RC_INVALID,
     "field body_base64: body is given too"},
    {"bad_base64_is_refused", TASK(",\"body_base64\":\"a\""), RC_INVALID, "field body_base64: not base64"},
    {"nul_in_body_is_refused", TASK(",\"body\":\"\\u0000\""), RC_INVALID, "field body: \\u0000"},
    {"unknown_retry_type_is_refused", TASK(",\"retry_type\":\"Step\""), RC_INVALID,
     "field retry_type: must be step or ladder"},
    {"ladder_without_its_type_is_refused", TASK(",\"retry_ladder_interval\":[1]"), RC_INVALID,
     "field retry_ladder_interval: needs retry_type ladder"},
    {"ladder_with_step_is_refused", TASK(",\"retry_type\":\"step\",\"retry_ladder_interval\":[]"), RC_INVALID,
     "field retry_ladder_interval: needs retry_type ladder"},
    {"step_interval_with_ladder_is_refused",
     TASK(",\"retry_type\":\"ladder\",\"retry_ladder_interval\":[],\"retry_step_interval\":1"), RC_INVALID,
     "field retry_step_interval: needs retry_type step"},
    {"step_time_with_ladder_is_refused",
     TASK(",\"retry_type\":\"ladder\",\"retry_ladder_interval\":[],\"retry_step_time\":0"), RC_INVALID,
     "field retry_step_time: needs retry_type step"},
    {"negative_wait_is_refused", TASK(",\"retry_type\":\"ladder\",\"retry_ladder_interval\":[1,-0.001]"), RC_INVALID,
     "field retry_ladder_interval: below the minimum of 0 s"},
    {"wait_over_a_year_is_refused", TASK(",\"retry_type\":\"ladder\",\"retry_ladder_interval\":[31536000.001]"),
     RC_INVALID, "field retry_ladder_interval: above the maximum of 31536000 s"},
    {"step_of_no_wait_is_refused", TASK(",\"retry_step_interval\":0"), RC_INVALID, "field retry_step_interval: below"},
    {"negative_step_time_is_refused", TASK(",\"retry_step_time\":-1"), RC_INVALID, "field retry_step_time: below"},
    {"broken_step_time_is_refused", TASK(",\"retry_step_time\":1.5"), RC_INVALID,
     "field retry_step_time: must be a whole"},
    {"large_step_time_is_refused", TASK(",\"retry_step_time\":1000000001"), RC_INVALID, "field retry_step_time: above"},
    {"negative_not_before_is_refused", TASK(",\"not_before\":-1"), RC_INVALID, "field not_before: below"},
    {"not_before_after_9999_is_refused", TASK(",\"not_before\":253402300799.001"), RC_INVALID,
     "field not_before: above"},
    {"no_timeout_is_refused", TASK(",\"timeout\":0"), RC_INVALID, "field timeout: below the minimum of 0.001 s"},
    {"timeout_over_10_minutes_is_refused", TASK(",\"timeout\":600.001"), RC_INVALID,
     "field timeout: above the maximum of 600 s"},
    {"four_decimals_are_refused", TASK(",\"timeout\":0.0001"), RC_INVALID, "field timeout: more than three decimals"},
    {"unknown_policy_is_refused", TASK(",\"duplicate\":\"merge\""), RC_INVALID, "field duplicate: must be"},
    {"empty_policy_is_refused", TASK(",\"duplicate\":\"\""), RC_INVALID, "field duplicate: empty"},
    {"quote_in_idempotency_key_is_refused", TASK(",\"idempotency_key\":\"a\\\"\""), RC_INVALID,
     "field idempotency_key: only"},
    {"backslash_in_idempotency_key_is_refused", TASK(",\"idempotency_key\":\"\\\\\""), RC_INVALID,
     "field idempotency_key: only"},
    {"non_ascii_idempotency_key_is_refused", TASK(",\"idempotency_key\":\"\xc3\xa9\""), RC_INVALID,
     "field idempotency_key: only"},
    {"tab_in_idempotency_key_is_refused", TASK(",\"idempotency_key\":\"\\t\""), RC_INVALID,
     "field idempotency_key: only"},
    {"bad_json_is_refused", "{", RC_INVALID, "not JSON: "},
};

static void task_is_refused(void **state)
{
    const struct refused *row = *state;
    struct task task = {0};
    char errstr[256] = "";

    assert_int_equal(task_decode(row->json, strlen(row->json), &task, errstr, sizeof errstr), row->rc);
    if (strncmp(errstr, row->errstr, strlen(row->errstr)) != 0)
        fail_msg("errstr \"%s\" does not start \"%s\"", errstr, row->errstr);
    assert_null(task.block);
}

static void minimal_task_has_the_defaults(void **state)
{
    struct task task = decode(TASK(""));

    (void)state;
    assert_string_equal(task.business_type, "order");
    assert_string_equal(task.business_id, "1");
    assert_string_equal(task.key, "order:1");
    assert_int_equal(task.key_bytes, 7);
    assert_string_equal(task.url, "http://h/");
    assert_string_equal(task.method, "GET");
    assert_int_equal(task.header_count, 0);
    assert_false(task.has_body);
    assert_null(task.body);
    assert_int_equal(task.retry_type, TASK_RETRY_STEP);
    assert_int_equal(task.step_interval_ms, 60000);
    assert_int_equal(task.step_time, 0);
    assert_int_equal(task.ladder_count, 0);
    assert_false(task.has_retry_type || task.has_ladder_interval || task.has_step_interval || task.has_step_time);
    assert_int_equal(task.not_before_time_ms, 0);
    assert_int_equal(task.timeout_ms, 0);
    assert_int_equal(task.duplicate, DUPLICATE_UNSET);
    assert_null(task.idempotency_key);
    task_close(&task);
}

static const char full_json[] =
    "{\"business_type\":\"order\",\"business_id\":\"a:1\",\"url\":\"https://h:8443/p?q=1\",\"method\":\"PUT\","
    "\"header\":{\"X-A\":\"1\\t\xc3\xa9\",\"x-b\":\"\"},\"body\":\"\\\"\\\\\\n\xc3\xa9\","
    "\"retry_type\":\"ladder\",\"retry_ladder_interval\":[0,0.25,60,31536000],"
    "\"not_before\":1800000000.125,\"timeout\":2.5,\"duplicate\":\"reject\","
    "\"idempotency_key\":\"a b!\"}";

static void all_fields_are_read(void **state)
{
    struct task task = decode(full_json);

    (void)state;
    assert_string_equal(task.key, "order:a:1");
    assert_string_equal(task.method, "PUT");
    assert_int_equal(task.header_count, 2);
    assert_string_equal(task.headers[0].name, "X-A");
    assert_string_equal(task.headers[0].value, "1\t\xc3\xa9");
    assert_string_equal(task.headers[1].name, "x-b");
    assert_string_equal(task.headers[1].value, "");
    assert_int_equal(task.body_bytes, 5);
    assert_string_equal(task.body, "\"\\\n\xc3\xa9");
    assert_int_equal(task.retry_type, TASK_RETRY_LADDER);
    assert_int_equal(task.ladder_count, 4);
    assert_int_equal(task.ladder_interval_ms[0], 0);
    assert_int_equal(task.ladder_interval_ms[1], 250);
    assert_true(task.ladder_interval_ms[3] == TASK_WAIT_MAX_MS);
    assert_int_equal(task.step_interval_ms, 0);
    assert_true(task.not_before_time_ms == INT64_C(1800000000125));
    assert_int_equal(task.timeout_ms, 2500);
    assert_int_equal(task.duplicate, DUPLICATE_REJECT);
    assert_string_equal(task.idempotency_key, "a b!");
    task_close(&task);
    task_close(&task);
}

static void empty_body_is_a_body(void **state)
{
    struct task task = decode(TASK(",\"body\":\"\""));

    (void)state;
    assert_true(task.has_body);
    assert_int_equal(task.body_bytes, 0);
    assert_string_equal(task.body, "");
    assert_string_equal(task.method, "POST");
    task_close(&task);
}

static void body_base64_gives_its_bytes(void **state)
{
    struct task task = decode(TASK(",\"body_base64\":\"AP8B\",\"method\":\"GET\""));

    (void)state;
    assert_true(task.has_body);
    assert_int_equal(task.body_bytes, 3);
    assert_memory_equal(task.body, "\x00\xff\x01", 4); /* and the NUL behind */
    assert_string_equal(task.method, "GET");
    task_close(&task);
}

/* Encoded, decoded and encoded again the text must be the same, which only holds if nothing was lost. */
static void assert_round_trip(const struct task *task, const char *wanted)
{
    struct buffer first = {0};
    struct buffer second = {0};
    struct task again;

    assert_int_equal(task_check(task, NULL, 0), RC_OK);
    assert_int_equal(task_encode(task, &first), RC_OK);
    if (wanted != NULL)
        assert_string_equal(first.data, wanted);
    again = decode(first.data);
    assert_int_equal(task_encode(&again, &second), RC_OK);
    assert_string_equal(second.data, first.data);
    assert_int_equal(again.body_bytes, task->body_bytes);
    if (task->body_bytes > 0)
        assert_memory_equal(again.body, task->body, task->body_bytes);
    task_close(&again);
    buffer_close(&first);
    buffer_close(&second);
}

static const struct {
    const char *name;
    const char *json;
} encoded[] = {
    {"minimal_task_goes_both_ways", TASK("")},
    {"ladder_goes_both_ways", full_json},
    {"empty_ladder_goes_both_ways", TASK(",\"retry_type\":\"ladder\",\"retry_ladder_interval\":[]")},
    {"ladder_without_waits_goes_both_ways", TASK(",\"retry_type\":\"ladder\"")},
    {"named_defaults_go_both_ways", TASK(",\"retry_type\":\"step\",\"retry_step_interval\":60,\"retry_step_time\":0")},
    {"step_goes_both_ways", TASK(",\"retry_step_interval\":0.001,\"retry_step_time\":3")},
    {"empty_body_goes_both_ways", TASK(",\"body\":\"\"")},
    {"bytes_go_both_ways", TASK(",\"body_base64\":\"AP8B\"")},
    {"get_with_body_goes_both_ways", TASK(",\"method\":\"GET\",\"body\":\"x\"")},
};

static void encoded_task_is_what_was_decoded(void **state)
{
    const char *json = ((const char *const *)*state)[1];
    struct task task = decode(json);

    assert_round_trip(&task, json);
    task_close(&task);
}

static struct task make_task(void)
{
    struct task task = {.business_type = "order", .business_id = "1", .url = "http://h/"};

    return task;
}

static void hand_built_task_needs_no_defaults(void **state)
{
    struct task task = make_task();

    (void)state;
    assert_round_trip(&task, TASK(""));
}

static void defaults_are_left_out(void **state)
{
    struct task task = make_task();

    (void)state;
    task.method = "GET";
    task.retry_type = TASK_RETRY_STEP;
    task.step_interval_ms = TASK_STEP_DEFAULT_INTERVAL_MS;
    assert_round_trip(&task, TASK(""));
}

static void body_that_is_shorter_in_base64_goes_so(void **state)
{
    struct task task = make_task();

    (void)state;
    task.has_body = true;
    task.body = "\x01\x02\x03";
    task.body_bytes = 3;
    assert_round_trip(&task, TASK(",\"body_base64\":\"AQID\""));
    task.body = "\"a\"";
    assert_round_trip(&task, TASK(",\"body_base64\":\"ImEi\""));
    task.body = "a\"b\"cdef";
    task.body_bytes = 8;
    assert_round_trip(&task, TASK(",\"body\":\"a\\\"b\\\"cdef\""));
    task.body = "a\0b";
    task.body_bytes = 3;
    assert_round_trip(&task, TASK(",\"body_base64\":\"YQBi\""));
    task.body = "\xff";
    task.body_bytes = 1;
    assert_round_trip(&task, TASK(",\"body_base64\":\"/w==\""));
}

static char *make_text(size_t byte_count, char c)
{
    char *text = malloc(byte_count + 1);

    assert_non_null(text);
    memset(text, c, byte_count);
    text[byte_count] = '\0';
    return text;
}

/* Every text at its longest, of what escapes worst. */
static void largest_task_fits_its_record(void **state)
{
    struct task task = make_task();
    char *part = make_text(TASK_KEY_PART_MAX_BYTES, '"');
    char *url = make_text(TASK_URL_MAX_BYTES, 'a');
    char *value = make_text(TASK_HEADERS_MAX_BYTES - 1, '"');
    char *body = make_text(TASK_BODY_MAX_BYTES, '\x01');
    struct task_header header = {"A", value};
    struct buffer buffer = {0};

    (void)state;
    memcpy(url, "http://h/", 9);
    task.business_type = part;
    task.business_id = part;
    task.url = url;
    task.headers = &header;
    task.header_count = 1;
    task.has_body = true;
    task.body = body;
    task.body_bytes = TASK_BODY_MAX_BYTES;
    assert_round_trip(&task, NULL);
    assert_int_equal(task_encode(&task, &buffer), RC_OK);
    assert_true(buffer.len_bytes <= TASK_JSON_MAX_BYTES);
    buffer_close(&buffer);
    free(part);
    free(url);
    free(value);
    free(body);
}

struct unchecked { /* built by hand, so that no JSON stands before the rules */
    const char *name;
    struct task task;
    const char *errstr;
};

#define KEY_AND_URL .business_type = "a", .business_id = "1", .url = "http://h/"

static const int64_t negative_wait[] = {-1};
static const int64_t good_wait[] = {1};
static const struct task_header bad_header[] = {{"A", "\xff"}};

static const struct unchecked unchecked[] = {
    {"check_wants_a_type", {.business_id = "1", .url = "http://h/"}, "field business_type: missing"},
    {"check_wants_an_id", {.business_type = "a", .url = "http://h/"}, "field business_id: missing"},
    {"check_wants_a_url", {.business_type = "a", .business_id = "1"}, "field url: missing"},
    {"check_refuses_an_empty_type",
     {.business_type = "", .business_id = "1", .url = "http://h/"},
     "field business_type: empty"},
    {"check_refuses_invalid_utf8",
     {.business_type = "\xff", .business_id = "1", .url = "http://h/"},
     "field business_type: holds"},
    {"check_refuses_an_empty_method", {KEY_AND_URL, .method = ""}, "field method: empty"},
    {"check_refuses_a_header", {KEY_AND_URL, .headers = bad_header, .header_count = 1}, "field header: value of A"},
    {"check_refuses_many_headers", {KEY_AND_URL, .header_count = 101}, "field header: 101 names"},
    {"check_refuses_a_large_body",
     {KEY_AND_URL, .has_body = true, .body_bytes = TASK_BODY_MAX_BYTES + 1},
     "field body: 1048577"},
    {"check_refuses_a_ladder_of_step",
     {KEY_AND_URL, .ladder_interval_ms = good_wait, .ladder_count = 1},
     "field retry_ladder_interval: needs retry_type ladder"},
    {"check_refuses_a_wait",
     {KEY_AND_URL, .retry_type = TASK_RETRY_LADDER, .ladder_interval_ms = negative_wait, .ladder_count = 1},
     "field retry_ladder_interval: below"},
    {"check_refuses_many_waits",
     {KEY_AND_URL, .retry_type = TASK_RETRY_LADDER, .ladder_count = 65},
     "field retry_ladder_interval: 65 items"},
    {"check_refuses_a_step_of_a_ladder",
     {KEY_AND_URL, .retry_type = TASK_RETRY_LADDER, .step_interval_ms = 1},
     "field retry_step_interval: needs"},
    {"check_refuses_step_times_of_a_ladder",
     {KEY_AND_URL, .retry_type = TASK_RETRY_LADDER, .step_time = 1},
     "field retry_step_time: needs"},
    {"check_refuses_another_retry_type",
     {KEY_AND_URL, .retry_type = (enum task_retry_type)3},
     "field retry_type: must"},
    {"check_refuses_a_named_step_of_no_wait",
     {KEY_AND_URL, .has_step_interval = true},
     "field retry_step_interval: below"},
    {"check_refuses_a_negative_step", {KEY_AND_URL, .step_interval_ms = -1}, "field retry_step_interval: below"},
    {"check_refuses_a_negative_number", {KEY_AND_URL, .step_time = -1}, "field retry_step_time: below"},
    {"check_refuses_a_negative_time", {KEY_AND_URL, .not_before_time_ms = -1}, "field not_before: below"},
    {"check_refuses_a_long_timeout", {KEY_AND_URL, .timeout_ms = TASK_TIMEOUT_MAX_MS + 1}, "field timeout: above"},
    {"check_refuses_another_policy", {KEY_AND_URL, .duplicate = (enum duplicate_policy)4}, "field duplicate: must"},
    {"check_refuses_an_idempotency_key", {KEY_AND_URL, .idempotency_key = ""}, "field idempotency_key: empty"},
};

static void check_refuses(void **state)
{
    const struct unchecked *row = *state;
    char errstr[256] = "";

    assert_int_equal(task_check(&row->task, errstr, sizeof errstr), RC_INVALID);
    if (strncmp(errstr, row->errstr, strlen(row->errstr)) != 0)
        fail_msg("errstr \"%s\" does not start \"%s\"", errstr, row->errstr);
}

static void sizes_end_exactly_at_their_limits(void **state)
{
    struct task task = make_task();
    char *text = make_text(TASK_HEADERS_MAX_BYTES, 'a');
    struct task_header header = {"A", text + 1};

    (void)state;
    task.headers = &header;
    task.header_count = 1;
    assert_int_equal(task_check(&task, NULL, 0), RC_OK);
    header.value = text;
    assert_int_equal(task_check(&task, NULL, 0), RC_INVALID);
    task.header_count = 0;
    task.business_id = text + TASK_HEADERS_MAX_BYTES - TASK_KEY_PART_MAX_BYTES;
    assert_int_equal(task_check(&task, NULL, 0), RC_OK);
    task.business_id--;
    assert_int_equal(task_check(&task, NULL, 0), RC_INVALID);
    free(text);
}

static void record_over_its_size_is_refused_unread(void **state)
{
    char *text = make_text(TASK_JSON_MAX_BYTES + 1, '\0');
    struct task task = {0};
    char errstr[256] = "";

    (void)state;
    assert_int_equal(task_decode(text, TASK_JSON_MAX_BYTES + 1, &task, errstr, sizeof errstr), RC_TOO_LARGE);
    assert_int_equal(task_decode(text, TASK_JSON_MAX_BYTES, &task, errstr, sizeof errstr), RC_INVALID);
    free(text);
}

static void text_of_body_is_limited_as_decoded(void **state)
{
    char *json = malloc(TASK_JSON_MAX_BYTES);
    size_t start_bytes = strlen(TASK(",\"body_base64\":\"")) - 1;
    size_t text_bytes = (TASK_BODY_MAX_BYTES + 2) / 3 * 4;
    struct task task = {0};
    char errstr[256] = "";

    (void)state;
    assert_non_null(json);
    memcpy(json, TASK(",\"body_base64\":\""), start_bytes);
    memset(json + start_bytes, 'A', text_bytes);
    memcpy(json + start_bytes + text_bytes, "\"}", 3);
    assert_int_equal(task_decode(json, strlen(json), &task, errstr, sizeof errstr), RC_INVALID);
    assert_string_equal(errstr, "field body: 1048578 bytes, at most 1048576");
    memcpy(json + start_bytes + text_bytes - 2, "==", 2);
    assert_int_equal(task_decode(json, strlen(json), &task, errstr, sizeof errstr), RC_OK);
    assert_int_equal(task.body_bytes, TASK_BODY_MAX_BYTES);
    task_close(&task);
    free(json);
}

static void every_failed_allocation_of_decode_is_reported(void **state)
{
    enum rc rc = RC_NO_MEMORY;
    unsigned int n;

    (void)state;
    for (n = 0; rc != RC_OK; n++) {
        struct task task = {0};
        char errstr[256] = "";

        allowed_count = n;
        rc = task_decode(full_json, sizeof full_json - 1, &task, errstr, sizeof errstr);
        allowed_count = UINT32_MAX;
        if (rc != RC_OK && rc != RC_NO_MEMORY)
            fail_msg("allocation %u: %s: %s", n, rc_get_name(rc), errstr);
        assert_true(rc == RC_OK || task.block == NULL);
        task_close(&task);
    }
    assert_true(n > 30);
}

static void every_failed_allocation_of_encode_is_reported(void **state)
{
    char *body = make_text(10000, 'a');
    struct task task = make_task();
    enum rc rc = RC_NO_MEMORY;
    unsigned int n;

    (void)state;
    task.has_body = true;
    task.body = body;
    task.body_bytes = 10000;
    for (n = 0; rc != RC_OK; n++) {
        struct buffer buffer = {0};

        allowed_count = n;
        rc = task_encode(&task, &buffer);
        allowed_count = UINT32_MAX;
        assert_true(rc == RC_OK || rc == RC_NO_MEMORY);
        buffer_close(&buffer);
    }
    assert_true(n > 2);
    free(body);
}

static void retry_types_have_names(void **state)
{
    enum task_retry_type retry_type = 0;

    (void)state;
    assert_string_equal(task_retry_type_get_name(TASK_RETRY_STEP), "step");
    assert_string_equal(task_retry_type_get_name(TASK_RETRY_LADDER), "ladder");
    assert_string_equal(task_retry_type_get_name((enum task_retry_type)3), "");
    assert_int_equal(task_retry_type_parse("ladder", &retry_type), RC_OK);
    assert_int_equal(retry_type, TASK_RETRY_LADDER);
    assert_int_equal(task_retry_type_parse("", &retry_type), RC_INVALID);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, refused, task_is_refused);
    UNIT_TABLE_TEST(&table, minimal_task_has_the_defaults);
    UNIT_TABLE_TEST(&table, all_fields_are_read);
    UNIT_TABLE_TEST(&table, empty_body_is_a_body);
    UNIT_TABLE_TEST(&table, body_base64_gives_its_bytes);
    UNIT_TABLE_ADD(&table, encoded, encoded_task_is_what_was_decoded);
    UNIT_TABLE_TEST(&table, hand_built_task_needs_no_defaults);
    UNIT_TABLE_TEST(&table, defaults_are_left_out);
    UNIT_TABLE_TEST(&table, body_that_is_shorter_in_base64_goes_so);
    UNIT_TABLE_TEST(&table, largest_task_fits_its_record);
    UNIT_TABLE_ADD(&table, unchecked, check_refuses);
    UNIT_TABLE_TEST(&table, sizes_end_exactly_at_their_limits);
    UNIT_TABLE_TEST(&table, record_over_its_size_is_refused_unread);
    UNIT_TABLE_TEST(&table, text_of_body_is_limited_as_decoded);
    UNIT_TABLE_TEST(&table, every_failed_allocation_of_decode_is_reported);
    UNIT_TABLE_TEST(&table, every_failed_allocation_of_encode_is_reported);
    UNIT_TABLE_TEST(&table, retry_types_have_names);
    return _cmocka_run_group_tests("task_json", table.tests, table.count, hook_allocations, unhook_allocations);
}
