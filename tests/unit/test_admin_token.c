/* The token of the admin server: who is let in, what the others are told, and by which names it may be called. */
#include "admin.h"
#include "admin_auth.h"
#include "admin_request.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit_table.h"

#define TOKEN "s3cret/+="
#define ADVERTISED "worker-1.example:8080"
#define RIGHT "Authorization: Bearer " TOKEN

struct shown {
    const char *name;
    const char *token;
    const char *authorization;
    bool is_allowed;
};

static const struct shown shown[] = {
    {"nothing_is_needed_without_a_token", NULL, NULL, true},
    {"anything_will_do_without_a_token", NULL, "Bearer x", true},
    {"right_token", TOKEN, "Bearer " TOKEN, true},
    {"scheme_in_any_case", TOKEN, "bEARER " TOKEN, true},
    {"more_than_one_space", TOKEN, "Bearer   " TOKEN, true},
    {"no_header", TOKEN, NULL, false},
    {"empty_header", TOKEN, "", false},
    {"no_token", TOKEN, "Bearer ", false},
    {"scheme_alone", TOKEN, "Bearer", false},
    {"token_alone", TOKEN, TOKEN, false},
    {"other_scheme", TOKEN, "Basic " TOKEN, false},
    {"other_token_of_that_length", TOKEN, "Bearer s3cret/++", false},
    {"start_of_the_token", TOKEN, "Bearer s3cret/+", false},
    {"more_than_the_token", TOKEN, "Bearer " TOKEN "=", false},
    {"token_in_another_case", TOKEN, "Bearer S3CRET/+=", false},
    {"space_behind_it", TOKEN, "Bearer " TOKEN " ", false},
};

static void authorization_is_judged(void **state)
{
    const struct shown *row = *state;

    assert_int_equal(admin_auth_is_allowed(row->token, row->authorization), row->is_allowed);
}

struct host {
    const char *name;
    const char *host;
    const char *address;
    bool is_allowed;
};

static const struct host hosts[] = {
    {"the_address", "10.0.0.5:8080", "10.0.0.5:8080", true},
    {"name_in_any_case", "Worker-1.Example:8080", ADVERTISED, true},
    {"v6_address", "[fd00::5]:8080", "[fd00::5]:8080", true},
    {"loopback_at_its_port", "127.0.0.1:8080", "10.0.0.5:8080", true},
    {"another_name", "worker-2.example:8080", ADVERTISED, false},
    {"another_port", "worker-1.example:8081", ADVERTISED, false},
    {"no_port", "worker-1.example", ADVERTISED, false},
    {"port_80_may_be_left_out", "worker-1.example", "worker-1.example:80", true},
    {"port_80_may_be_told", "worker-1.example:80", "worker-1.example:80", true},
    {"v6_without_port_80", "[fd00::5]", "[fd00::5]:80", true},
    {"longer_name", "worker-1.example.evil:80", "worker-1.example:80", false},
    {"start_of_the_name", "worker-1", "worker-1.example:80", false},
};

static void host_is_judged(void **state)
{
    const struct host *row = *state;

    assert_int_equal(admin_host_is_allowed(row->host, row->address), row->is_allowed);
}

struct request {
    const char *name;
    const char *path;
    const char *headers[2]; /* NULL: no more */
    long http_status;
};

static const struct request requests[] = {
    {"metrics_with_the_token", "/metrics", {RIGHT}, 200},
    {"metrics_without", "/metrics", {NULL}, 401},
    {"metrics_with_another", "/metrics", {"Authorization: Bearer s3cret"}, 401},
    {"task_without", "/v1/tasks/order/1", {NULL}, 401},
    {"list_without", "/v1/tasks", {NULL}, 401},
    {"id_without", "/v1/ids/1", {NULL}, 401},
    {"forwarded_without", "/v1/ids/1", {"Autohttp-Forwarded: 1"}, 401},
    {"unknown_path_without", "/secret", {NULL}, 401},
    {"unknown_path_with_the_token", "/secret", {RIGHT}, 404},
    {"health_below_its_path_without", "/livez/", {NULL}, 401},
    {"health_by_another_spelling_without", "/%6civez", {NULL}, 401},
    {"livez_without", "/livez?verbose", {NULL}, 200},
    {"readyz_without", "/readyz", {NULL}, 503},
    {"livez_with_another", "/livez", {"Authorization: Bearer s3cret"}, 200},
    {"two_tokens", "/metrics", {RIGHT, "Authorization: Bearer x"}, 400},
    {"advertised_host_with_the_token", "/metrics", {"Host: " ADVERTISED, RIGHT}, 200},
    {"advertised_host_without", "/metrics", {"Host: " ADVERTISED}, 401},
    {"other_host_with_the_token", "/metrics", {"Host: evil.example:8080", RIGHT}, 403},
};

static struct stats stats;
static struct params params;
static struct admin *admin;
static char listened_at[64];

static size_t drop(char *bytes, size_t size, size_t count, void *opaque)
{
    (void)bytes, (void)opaque;
    return size * count;
}

static size_t take_challenge(char *bytes, size_t size, size_t count, void *opaque)
{
    const char *wanted = "WWW-Authenticate: Bearer realm=\"autohttp\"\r\n";
    bool *has_challenge = opaque;

    *has_challenge = *has_challenge || (size * count == strlen(wanted) && memcmp(bytes, wanted, size * count) == 0);
    return size * count;
}

static void request_is_answered_or_refused(void **state)
{
    const struct request *row = *state;
    struct curl_slist *headers = NULL;
    CURL *easy = curl_easy_init();
    bool has_challenge = false;
    char *content_type = NULL;
    long http_status = 0;
    char url[256];

    for (size_t i = 0; i < 2 && row->headers[i] != NULL; i++)
        headers = curl_slist_append(headers, row->headers[i]);
    snprintf(url, sizeof url, "http://%s%s", listened_at, row->path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_challenge);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &has_challenge);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, 20L);
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http_status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &content_type);
    assert_int_equal(http_status, row->http_status);
    assert_int_equal(has_challenge, http_status == 401);
    if (http_status == 401)
        assert_string_equal(content_type, "application/problem+json");
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
}

static void open_admin(const char *listen_at, const char *advertise)
{
    char errstr[256] = "";

    params = (struct params){.admin_listen = (char *)(uintptr_t)listen_at,
                             .admin_advertise = (char *)(uintptr_t)advertise,
                             .admin_token = (char *)(uintptr_t)TOKEN,
                             .topic_prefix = "test",
                             .group_id = ""};
    if (admin_open(&params, &stats, &admin, errstr, sizeof errstr) != RC_OK)
        fail_msg("%s", errstr);
}

static void others_are_told_where_it_listens_unless_another_address_is_set(void **state)
{
    (void)state;
    open_admin("0.0.0.0:0", ADVERTISED);
    assert_string_equal(admin_get_address(admin), ADVERTISED);
    admin_close(admin);
    open_admin("127.0.0.1:0", "[FD00:0:0::5]:8080");
    assert_string_equal(admin_get_address(admin), "[fd00::5]:8080");
    admin_close(admin);
    open_admin("0.0.0.0:0", "");
    assert_int_equal(strncmp(admin_get_address(admin), "0.0.0.0:", 8), 0);
    assert_string_not_equal(admin_get_address(admin), "0.0.0.0:0");
    admin_close(admin);
    admin = NULL;
}

/* A free port of 127.0.0.1: that of a server which is closed again. */
static void open_admin_for_requests(void)
{
    open_admin("127.0.0.1:0", "");
    snprintf(listened_at, sizeof listened_at, "%s", admin_get_address(admin));
    admin_close(admin);
    open_admin(listened_at, ADVERTISED);
}

int main(void)
{
    struct unit_table table = {0};
    int failed_count;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    stats_init(&stats);
    UNIT_TABLE_ADD(&table, shown, authorization_is_judged);
    UNIT_TABLE_ADD(&table, hosts, host_is_judged);
    UNIT_TABLE_TEST(&table, others_are_told_where_it_listens_unless_another_address_is_set);
    failed_count = unit_table_run(&table);
    table.count = 0;
    open_admin_for_requests();
    UNIT_TABLE_ADD(&table, requests, request_is_answered_or_refused);
    failed_count += unit_table_run(&table);
    admin_close(admin);
    return failed_count;
}
