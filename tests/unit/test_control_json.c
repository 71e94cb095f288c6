#include "control_json.h"

#include <stdlib.h>

#include "unit_table.h"

#define COMMAND(command, more)                                                                                         \
    "{\"command\":\"" command "\",\"business_type\":\"order\",\"business_id\":\"a:1\"" more "}"

struct accepted {
    const char *name;
    const char *json;
    enum control_command command;
    bool force;
    const char *reason;
};

static const struct accepted accepted[] = {
    {"stop", COMMAND("stop", ""), CONTROL_STOP, false, ""},
    {"stop_by_force", COMMAND("stop", ",\"force\":true"), CONTROL_STOP, true, ""},
    {"stop_with_reason", COMMAND("stop", ",\"reason\":\"customer \\\"x\\\" left\""), CONTROL_STOP, false,
     "customer \"x\" left"},
    {"retry", COMMAND("retry", ""), CONTROL_RETRY, false, ""},
    {"delete", COMMAND("delete", ""), CONTROL_DELETE, false, ""},
    {"delete_by_force", COMMAND("delete", ",\"force\":true,\"reason\":\"x\""), CONTROL_DELETE, true, "x"},
};

struct refused {
    const char *name;
    const char *json;
    const char *errstr;
};

static const struct refused refused[] = {
    {"unknown_command_is_refused", COMMAND("pause", ""), "field command: must be stop, retry or delete"},
    {"command_in_capitals_is_refused", COMMAND("Stop", ""), "field command: must be stop, retry or delete"},
    {"no_command_is_refused", "{\"business_type\":\"a\",\"business_id\":\"1\"}", "field command: missing"},
    {"no_type_is_refused", "{\"command\":\"stop\",\"business_id\":\"1\"}", "field business_type: missing"},
    {"no_id_is_refused", "{\"command\":\"stop\",\"business_type\":\"a\"}", "field business_id: missing"},
    {"empty_id_is_refused", "{\"command\":\"stop\",\"business_type\":\"a\",\"business_id\":\"\"}",
     "field business_id: empty"},
    {"colon_in_type_is_refused", "{\"command\":\"stop\",\"business_type\":\"a:b\",\"business_id\":\"1\"}",
     "field business_type: holds a colon"},
    {"control_in_id_is_refused", "{\"command\":\"stop\",\"business_type\":\"a\",\"business_id\":\"\\t\"}",
     "field business_id: holds a control"},
    {"retry_by_force_is_refused", COMMAND("retry", ",\"force\":false"), "field force: retry"},
    {"force_that_is_no_flag_is_refused", COMMAND("stop", ",\"force\":1"), "field force: must be true or false"},
    {"unknown_field_is_refused", COMMAND("stop", ",\"id\":\"5\""), "field id: unknown"},
    {"field_twice_is_refused", COMMAND("stop", ",\"command\":\"delete\""), "field command: comes twice"},
    {"bad_json_is_refused", "stop", "not JSON: "},
};

static void command_is_read(void **state)
{
    const struct accepted *row = *state;
    struct control control = {0};
    char errstr[160] = "";

    assert_int_equal(control_decode(row->json, strlen(row->json), &control, errstr, sizeof errstr), RC_OK);
    assert_int_equal(control.command, row->command);
    assert_string_equal(control.business_type, "order");
    assert_string_equal(control.business_id, "a:1");
    assert_string_equal(control.key, "order:a:1");
    assert_int_equal(control.key_bytes, 9);
    assert_int_equal(control.force, row->force);
    assert_string_equal(control.reason, row->reason);
    control_close(&control);
    control_close(&control);
}

static void command_is_printed_as_it_was_read(void **state)
{
    const struct accepted *row = *state;
    struct control control = {0};
    struct buffer buffer = {0};

    assert_int_equal(control_decode(row->json, strlen(row->json), &control, NULL, 0), RC_OK);
    assert_int_equal(control_encode(&control, &buffer), RC_OK);
    assert_string_equal(buffer.data, row->json);
    buffer_close(&buffer);
    control_close(&control);
}

static void command_is_refused(void **state)
{
    const struct refused *row = *state;
    struct control control = {0};
    char errstr[160] = "";

    assert_int_equal(control_decode(row->json, strlen(row->json), &control, errstr, sizeof errstr), RC_INVALID);
    if (strncmp(errstr, row->errstr, strlen(row->errstr)) != 0)
        fail_msg("errstr \"%s\" does not start \"%s\"", errstr, row->errstr);
    assert_null(control.block);
}

static void sizes_are_limited(void **state)
{
    char json[CONTROL_JSON_MAX_BYTES + 2];
    struct control control = {0};

    (void)state;
    memset(json, ' ', sizeof json);
    memcpy(json, COMMAND("stop", ""), strlen(COMMAND("stop", "")));
    assert_int_equal(control_decode(json, CONTROL_JSON_MAX_BYTES, &control, NULL, 0), RC_OK);
    control_close(&control);
    assert_int_equal(control_decode(json, CONTROL_JSON_MAX_BYTES + 1, &control, NULL, 0), RC_TOO_LARGE);
}

static void longest_keys_are_read(void **state)
{
    char type[256];
    char id[256];
    struct control control = {.command = CONTROL_STOP, .business_type = type, .business_id = id};
    struct control again = {0};
    struct buffer buffer = {0};

    (void)state;
    memset(type, 't', 255);
    memset(id, 'i', 255);
    type[255] = '\0';
    id[255] = '\0';
    assert_int_equal(control_encode(&control, &buffer), RC_OK);
    assert_int_equal(control_decode(buffer.data, buffer.len_bytes, &again, NULL, 0), RC_OK);
    assert_int_equal(again.key_bytes, 511);
    assert_string_equal(again.business_id, id);
    control_close(&again);
    buffer_close(&buffer);
}

static void unknown_command_has_no_name(void **state)
{
    (void)state;
    assert_string_equal(control_command_get_name((enum control_command)0), "unknown");
    assert_string_equal(control_command_get_name((enum control_command)4), "unknown");
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, accepted, command_is_read);
    UNIT_TABLE_ADD(&table, accepted, command_is_printed_as_it_was_read);
    UNIT_TABLE_ADD(&table, refused, command_is_refused);
    UNIT_TABLE_TEST(&table, sizes_are_limited);
    UNIT_TABLE_TEST(&table, longest_keys_are_read);
    UNIT_TABLE_TEST(&table, unknown_command_has_no_name);
    return unit_table_run(&table);
}
