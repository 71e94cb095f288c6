#include "reason.h"

#include "unit_table.h"

static void nothing_said_appends_nothing(void **state)
{
    struct reason reason;
    char errstr[64] = "publish: timed out";

    (void)state;
    reason_init(&reason);
    assert_false(reason_append(&reason, errstr, sizeof errstr));
    assert_string_equal(errstr, "publish: timed out");
    reason_close(&reason);
}

static void last_error_is_appended_without_its_thread(void **state)
{
    struct reason reason;
    char errstr[64] = "timed out";

    (void)state;
    reason_init(&reason);
    reason_keep(&reason, 3, "[thrd:h:1/bootstrap]: h:1/bootstrap: first");
    reason_keep(&reason, 3, "[thrd:h:1/bootstrap]: refused");
    assert_true(reason_append(&reason, errstr, sizeof errstr));
    assert_string_equal(errstr, "timed out (refused)");
    reason_close(&reason);
}

static void what_is_no_error_is_not_kept(void **state)
{
    struct reason reason;
    char errstr[64] = "x";

    (void)state;
    reason_init(&reason);
    reason_keep(&reason, 4, "a warning");
    assert_false(reason_append(&reason, errstr, sizeof errstr));
    reason_close(&reason);
}

static void long_reason_is_cut_to_its_room(void **state)
{
    struct reason reason;
    char errstr[8] = "abc";

    (void)state;
    reason_init(&reason);
    reason_keep(&reason, 3, "a very long reason");
    assert_true(reason_append(&reason, errstr, sizeof errstr));
    assert_string_equal(errstr, "abc (a ");
    reason_close(&reason);
}

static void refused_credentials_are_a_denial(void **state)
{
    struct reason reason;

    (void)state;
    reason_init(&reason);
    reason_keep(&reason, 3, "Connect failed: Connection refused");
    assert_false(reason_is_denial(&reason));
    reason_keep(&reason, 3, "SASL authentication error: Authentication failed");
    assert_true(reason_is_denial(&reason));
    reason_close(&reason);
}

static void zeroed_one_may_be_closed(void **state)
{
    struct reason reason = {0};

    (void)state;
    reason_close(&reason);
    reason_close(&reason);
}

struct shortened {
    const char *name;
    const char *text;
    const char *wanted;
};

static const struct shortened shortened[] = {
    {"refused_connection_names_broker_and_error",
     "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)",
     "127.0.0.1:1: Connection refused"},
    {"text_of_another_form_loses_only_its_timing", "h:1/1: Disconnected (after 3ms in state UP)",
     "h:1/1: Disconnected"},
    {"text_without_timing_stays", "Broker is odd", "Broker is odd"},
    {"nothing_stays_nothing", "", ""},
};

static void reason_is_shortened(void **state)
{
    const struct shortened *row = *state;
    char text[REASON_TEXT_BYTES];

    reason_print_short(row->text, text, sizeof text);
    assert_string_equal(text, row->wanted);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, nothing_said_appends_nothing);
    UNIT_TABLE_TEST(&table, last_error_is_appended_without_its_thread);
    UNIT_TABLE_TEST(&table, what_is_no_error_is_not_kept);
    UNIT_TABLE_TEST(&table, long_reason_is_cut_to_its_room);
    UNIT_TABLE_TEST(&table, refused_credentials_are_a_denial);
    UNIT_TABLE_TEST(&table, zeroed_one_may_be_closed);
    UNIT_TABLE_ADD(&table, shortened, reason_is_shortened);
    return unit_table_run(&table);
}
