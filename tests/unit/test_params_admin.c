/* params: where the admin port listens, what others are told of it, and the token that guards it. */
#include "params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit_table.h"

#define TOKEN_MAX_BYTES 1024

static char folder[] = "/tmp/test_params_admin_XXXXXX";
static char yaml_path[64];
static char token_path[64];
static char errstr[1024];

static void write_file(const char *path, const char *bytes, size_t byte_count, mode_t mode)
{
    FILE *file = NULL;

    unlink(path);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, byte_count, file), byte_count);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void write_token(const char *text)
{
    write_file(token_path, text, strlen(text), 0600);
}

/* With the token file in the last line if has_token. */
static enum rc load(const char *text, bool has_token, struct params *ret_params)
{
    char whole[512];

    snprintf(whole, sizeof whole, "%s%s%s%s", text, has_token ? "admin_token_file: " : "", has_token ? token_path : "",
             has_token ? "\n" : "");
    write_file(yaml_path, whole, strlen(whole), 0600);
    errstr[0] = '\0';
    return params_load(yaml_path, PARAMS_NO_ENV, ret_params, errstr, sizeof errstr);
}

static void assert_refused(const char *text, bool has_token, const char *error)
{
    struct params params = {0};

    assert_int_equal(load(text, has_token, &params), RC_INVALID);
    if (strstr(errstr, error) == NULL) {
        fail_msg("%s\n  gave     %s\n  expected %s", text, errstr, error);
    }
}

struct place {
    const char *name;
    const char *text;
    bool has_token;
    const char *error; /* NULL: taken */
};

static const struct place places[] = {
    {"loopback_needs_no_token", "admin_listen: 127.0.0.1:8080\n", false, NULL},
    {"loopback_may_have_one", "admin_listen: \"[::1]:8080\"\n", true, NULL},
    {"localhost_is_loopback", "admin_listen: localhost:0\n", false, NULL},
    {"address_without_token", "admin_listen: 10.0.0.5:8080\n", false,
     ":1: admin_listen: \"10.0.0.5:8080\" is not loopback; any other address needs admin_token_file"},
    {"v6_address_without_token", "admin_listen: \"[fd00::5]:8080\"\n", false,
     ":1: admin_listen: \"[fd00::5]:8080\" is not loopback; any other address needs admin_token_file"},
    {"address_with_token", "admin_listen: 10.0.0.5:8080\n", true, NULL},
    {"v6_address_with_token", "admin_listen: \"[fd00::5]:0\"\n", true, NULL},
    {"name_is_no_place_to_listen_at", "admin_listen: worker-1.example:8080\n", true,
     ":1: admin_listen: \"worker-1.example:8080\" is not address:port, such as 127.0.0.1:8080"},
    {"wildcard_that_nobody_is_told_of", "admin_listen: 0.0.0.0:8080\n", true,
     ":1: admin_listen: \"0.0.0.0:8080\" is every address; admin_advertise must say which one others use"},
    {"v6_wildcard_that_nobody_is_told_of", "admin_listen: \"[::]:8080\"\n", true,
     ":1: admin_listen: \"[::]:8080\" is every address; admin_advertise must say which one others use"},
    {"wildcard_without_token", "admin_listen: 0.0.0.0:8080\nadmin_advertise: 10.0.0.5:8080\n", false,
     ":1: admin_listen: \"0.0.0.0:8080\" is not loopback; any other address needs admin_token_file"},
    {"wildcard_with_both", "admin_listen: 0.0.0.0:8080\nadmin_advertise: 10.0.0.5:8080\n", true, NULL},
    {"name_can_be_told", "admin_advertise: worker-1.example:8080\n", false, NULL},
    {"wildcard_cannot_be_told", "admin_advertise: 0.0.0.0:8080\n", true,
     ":1: admin_advertise: \"0.0.0.0:8080\" is no address that another can reach"},
    {"url_cannot_be_told", "admin_advertise: http://10.0.0.5:8080\n", true,
     ":1: admin_advertise: \"http://10.0.0.5:8080\" is not host:port, such as 10.0.0.5:8080"},
    {"port_0_cannot_be_told", "admin_advertise: 10.0.0.5:0\n", true,
     ":1: admin_advertise: \"10.0.0.5:0\" is not host:port, such as 10.0.0.5:8080"},
};

static void place_is_judged(void **state)
{
    const struct place *row = *state;
    struct params params = {0};

    write_token("s3cret\n");
    if (row->error != NULL) {
        assert_refused(row->text, row->has_token, row->error);
        return;
    }
    assert_int_equal(load(row->text, row->has_token, &params), RC_OK);
    assert_int_equal(params.admin_token != NULL, row->has_token);
    params_close(&params);
}

struct token {
    const char *name;
    const char *content;
    const char *token; /* NULL: refused */
    const char *error; /* what follows the path in it */
};

static const struct token tokens[] = {
    {"a_line", "s3cret\n", "s3cret", NULL},
    {"no_line_end", "s3cret", "s3cret", NULL},
    {"line_end_of_dos", "s3cret\r\n", "s3cret", NULL},
    {"only_the_first_line", "first\r\nsecond\nthird", "first", NULL},
    {"base64", "aB3+/x-._~==\n", "aB3+/x-._~==", NULL},
    {"empty_file", "", NULL, " is empty"},
    {"empty_line", "\n", NULL, " is empty"},
    {"empty_first_line", "\nsecond\n", NULL, " is empty"},
    {"space", "two words\n", NULL, " is not a token: letters, digits and -._~+/, then only ="},
    {"trailing_space", "s3cret \n", NULL, " is not a token: letters, digits and -._~+/, then only ="},
    {"header_that_follows", "s3cret\rX: 1\n", "s3cret", NULL},
    {"equals_inside", "a=b\n", NULL, " is not a token: letters, digits and -._~+/, then only ="},
    {"only_equals", "==\n", NULL, " is not a token: letters, digits and -._~+/, then only ="},
    {"beyond_ascii",
     "s\xc3\xa9"
     "cret\n",
     NULL, " is not a token: letters, digits and -._~+/, then only ="},
};

static void first_line_is_the_token(void **state)
{
    const struct token *row = *state;
    struct params params = {0};
    char error[256];

    write_token(row->content);
    if (row->token == NULL) {
        snprintf(error, sizeof error, "%s%s", token_path, row->error);
        assert_refused("", true, error);
        assert_non_null(strstr(errstr, ":1: admin_token_file: "));
        assert_null(strstr(errstr, "cret"));
        return;
    }
    assert_int_equal(load("", true, &params), RC_OK);
    assert_string_equal(params.admin_token, row->token);
    assert_int_equal(params.warnings.count, 0);
    params_close(&params);
}

static void longest_file_is_taken_and_a_longer_one_is_not(void **state)
{
    char text[TOKEN_MAX_BYTES + 1];
    struct params params = {0};

    (void)state;
    memset(text, 'a', sizeof text);
    write_file(token_path, text, TOKEN_MAX_BYTES, 0600);
    assert_int_equal(load("", true, &params), RC_OK);
    assert_int_equal(strlen(params.admin_token), TOKEN_MAX_BYTES);
    params_close(&params);
    write_file(token_path, text, TOKEN_MAX_BYTES + 1, 0600);
    assert_refused("", true, "has more than 1024 bytes");
}

static void file_that_cannot_be_read_is_refused(void **state)
{
    char text[128];

    (void)state;
    unlink(token_path);
    assert_refused("", true, ":1: admin_token_file: cannot open ");
    snprintf(text, sizeof text, "admin_token_file: %s\n", folder);
    assert_refused(text, false, "is not a regular file");
    write_file(token_path, "a\0b", 3, 0600);
    assert_refused("", true, "holds a NUL byte");
}

static void token_that_others_can_read_is_warned_of(void **state)
{
    struct params params = {0};

    (void)state;
    write_file(token_path, "s3cret\n", 7, 0644);
    assert_int_equal(load("", true, &params), RC_OK);
    assert_int_equal(params.warnings.count, 1);
    assert_non_null(strstr(params.warnings.items[0], "mode 0644"));
    assert_null(strstr(params.warnings.items[0], "s3cret"));
    params_close(&params);
}

static void environment_names_the_file_and_is_named_in_its_refusal(void **state)
{
    struct params params = {0};

    (void)state;
    write_token("s3cret\n");
    assert_int_equal(setenv("AUTOHTTP_ADMIN_TOKEN_FILE", token_path, 1), 0);
    assert_int_equal(params_load(NULL, 0, &params, errstr, sizeof errstr), RC_OK);
    assert_string_equal(params.admin_token, "s3cret");
    params_close(&params);
    unlink(token_path);
    assert_int_equal(params_load(NULL, 0, &params, errstr, sizeof errstr), RC_INVALID);
    assert_non_null(strstr(errstr, "AUTOHTTP_ADMIN_TOKEN_FILE: cannot open "));
    unsetenv("AUTOHTTP_ADMIN_TOKEN_FILE");
}

static void token_is_not_printed(void **state)
{
    struct params params = {0};
    struct buffer text = {0};

    (void)state;
    write_token("s3cret\n");
    assert_int_equal(load("", true, &params), RC_OK);
    params_print(&params, &text);
    params_print_json(&params, &text);
    assert_true(buffer_is_ok(&text));
    assert_null(strstr(text.data, "s3cret"));
    assert_non_null(strstr(text.data, token_path));
    buffer_close(&text);
    params_close(&params);
}

/* What a reload names as in need of a restart. */
static void expect_changed(struct params *params, const char *names)
{
    struct params fresh = {0};
    struct buffer changed = {0};

    assert_int_equal(load("", true, &fresh), RC_OK);
    buffer_append_text(&changed, "");
    params_take_reloadable(params, &fresh, &changed);
    assert_string_equal(changed.data != NULL ? changed.data : "", names);
    buffer_close(&changed);
    params_close(&fresh);
}

static void another_token_in_the_same_file_needs_a_restart(void **state)
{
    struct params params = {0};

    (void)state;
    write_token("s3cret\n");
    assert_int_equal(load("", true, &params), RC_OK);
    expect_changed(&params, "");
    write_token("0ther\n");
    expect_changed(&params, "admin_token_file");
    assert_string_equal(params.admin_token, "s3cret");
    params_close(&params);
    assert_int_equal(load("", false, &params), RC_OK);
    expect_changed(&params, "admin_token_file");
    params_close(&params);
}

int main(void)
{
    struct unit_table table = {0};
    int failed_count;

    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    snprintf(yaml_path, sizeof yaml_path, "%s/a.yaml", folder);
    snprintf(token_path, sizeof token_path, "%s/token", folder);

    UNIT_TABLE_ADD(&table, places, place_is_judged);
    UNIT_TABLE_ADD(&table, tokens, first_line_is_the_token);
    UNIT_TABLE_TEST(&table, longest_file_is_taken_and_a_longer_one_is_not);
    UNIT_TABLE_TEST(&table, file_that_cannot_be_read_is_refused);
    UNIT_TABLE_TEST(&table, token_that_others_can_read_is_warned_of);
    UNIT_TABLE_TEST(&table, environment_names_the_file_and_is_named_in_its_refusal);
    UNIT_TABLE_TEST(&table, token_is_not_printed);
    UNIT_TABLE_TEST(&table, another_token_in_the_same_file_needs_a_restart);
    failed_count = unit_table_run(&table);
    unlink(yaml_path);
    unlink(token_path);
    rmdir(folder);
    return failed_count;
}
