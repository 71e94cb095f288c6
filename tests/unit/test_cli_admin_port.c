/* Which worker the command asks: the group's answer is put in place by the linker. */
#include "admin_port.h"

#include <stdio.h>
#include <string.h>

#include "owner.h"
#include "unit_table.h"

static const char *told; /* by the group */

enum rc __wrap_owner_find(const struct settings *settings, const char *business_type, const char *business_id,
                          char *ret_address, char *errstr, size_t errstr_bytes);
enum rc __wrap_owner_find_any(const struct settings *settings, char *ret_address, char *errstr, size_t errstr_bytes);

enum rc __wrap_owner_find_any(const struct settings *settings, char *ret_address, char *errstr, size_t errstr_bytes)
{
    (void)settings, (void)errstr, (void)errstr_bytes;
    snprintf(ret_address, OWNER_ADDRESS_BYTES, "%s", told);
    return RC_OK;
}

enum rc __wrap_owner_find(const struct settings *settings, const char *business_type, const char *business_id,
                          char *ret_address, char *errstr, size_t errstr_bytes)
{
    (void)business_type, (void)business_id;
    return __wrap_owner_find_any(settings, ret_address, errstr, errstr_bytes);
}

struct address {
    const char *name;
    const char *told;
    const char *url; /* NULL: refused */
};

static const struct address addresses[] = {
    {"v4", "10.0.0.5:8080", "http://10.0.0.5:8080"},
    {"v6", "[fd00::5]:8080", "http://[fd00::5]:8080"},
    {"name", "worker-1.example:8080", "http://worker-1.example:8080"},
    {"path", "10.0.0.5:8080/x", NULL},
    {"user_that_looks_like_a_host", "10.0.0.5:8080@evil.example:80", NULL},
    {"query", "evil.example:80?10.0.0.5:8080", NULL},
    {"fragment", "evil.example:80#:8080", NULL},
    {"line_break", "10.0.0.5:8080\r\nX: 1", NULL},
    {"no_port", "10.0.0.5", NULL},
    {"empty", "", NULL},
};

static void address_of_the_group_becomes_a_url_only_as_host_and_port(void **state)
{
    const struct address *row = *state;
    const struct settings settings = {.bootstrap = "127.0.0.1:1", .topic_prefix = "t", .group_id = "t"};

    told = row->told;
    for (int i = 0; i < 2; i++) { /* the owner of a key, and any worker */
        const char *part = i == 0 ? "1" : NULL;
        struct buffer url = {0};
        char errstr[512] = "";
        enum rc rc = admin_port_find(&settings, NULL, part, part, &url, errstr, sizeof errstr);

        assert_int_equal(rc, row->url != NULL ? RC_OK : RC_UNAVAILABLE);
        if (row->url != NULL) {
            assert_string_equal(url.data, row->url);
        } else {
            assert_int_equal(url.len_bytes, 0);
            assert_non_null(strstr(errstr, "this is not host:port"));
        }
        buffer_close(&url);
    }
}

struct refusal {
    const char *name;
    long status;
    enum exit_code code;
};

static const struct refusal refusals[] = {
    {"question_that_makes_no_sense", 400, EXIT_CODE_USAGE},
    {"missing_or_wrong_token", 401, EXIT_CODE_DENIED},
    {"wrong_host", 403, EXIT_CODE_DENIED},
    {"worker_that_cannot", 503, EXIT_CODE_UNAVAILABLE},
};

static void refusal_ends_the_command_by_its_kind(void **state)
{
    const struct refusal *row = *state;
    struct buffer body = {0};

    buffer_append_text(&body, "{\"detail\":\"why\"}");
    assert_int_equal(admin_port_refuse("task get", row->status, &body), row->code);
    buffer_close(&body);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, addresses, address_of_the_group_becomes_a_url_only_as_host_and_port);
    UNIT_TABLE_ADD(&table, refusals, refusal_ends_the_command_by_its_kind);
    return unit_table_run(&table);
}
