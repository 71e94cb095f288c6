#include "admin_port.h"

#include <stdio.h>
#include <string.h>

#include "host_port.h"
#include "json.h"
#include "owner.h"
#include "say.h"

#define PROBLEM_MAX_BYTES (64 * 1024)
#define TEXT_MAX_BYTES 400
#define STATUS_BAD_REQUEST 400
#define STATUS_UNAUTHORIZED 401
#define STATUS_FORBIDDEN 403

enum rc admin_port_find(const struct settings *settings, const char *given, const char *business_type,
                        const char *business_id, struct buffer *url, char *errstr, size_t errstr_bytes)
{
    char address[OWNER_ADDRESS_BYTES] = "";
    enum rc rc = RC_OK;

    if (given != NULL) {
        size_t given_bytes = strlen(given);
        buffer_append(url, given, given_bytes > 0 && given[given_bytes - 1] == '/' ? given_bytes - 1 : given_bytes);
        return buffer_is_ok(url) ? RC_OK : RC_NO_MEMORY;
    }
    rc = settings_check_bootstrap(settings, errstr, errstr_bytes);
    if (rc == RC_OK && business_type != NULL) {
        rc = owner_find(settings, business_type, business_id, address, errstr, errstr_bytes);
    } else if (rc == RC_OK) {
        rc = owner_find_any(settings, address, errstr, errstr_bytes);
    }
    if (rc != RC_OK) {
        return rc;
    }
    /* Whoever may join the consumer group chooses it: it must not become another path, user or host. */
    if (!host_port_is_valid(address)) {
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "worker at %s: this is not host:port", address);
    }
    buffer_append_text(url, "http://");
    buffer_append_text(url, address);
    return buffer_is_ok(url) ? RC_OK : RC_NO_MEMORY;
}

/* The problem's detail if there is one, else NULL; belongs to the tree. */
static const char *get_detail(const struct cJSON *problem)
{
    for (const struct cJSON *node = json_get_first(problem); node != NULL; node = json_get_next(node)) {
        if (strcmp(json_get_name(node), "detail") == 0) {
            return json_get_text(node);
        }
    }
    return NULL;
}

enum exit_code admin_port_refuse(const char *what, long status, const struct buffer *body)
{
    const char *text = body->data != NULL ? body->data : "";
    struct cJSON *problem = NULL;
    const char *detail = NULL;
    bool is_asked_wrong = status >= STATUS_BAD_REQUEST && status < 500 && status != ADMIN_PORT_NOT_FOUND;
    enum exit_code code = is_asked_wrong ? EXIT_CODE_USAGE : EXIT_CODE_UNAVAILABLE;

    if (json_parse(text, body->len_bytes, PROBLEM_MAX_BYTES, &problem, NULL, 0) == RC_OK) {
        detail = get_detail(problem);
    }
    say("%s: the worker answered %ld: %.*s", what, status, TEXT_MAX_BYTES, detail != NULL ? detail : text);
    json_close(problem);
    return status == STATUS_UNAUTHORIZED || status == STATUS_FORBIDDEN ? EXIT_CODE_DENIED : code;
}
