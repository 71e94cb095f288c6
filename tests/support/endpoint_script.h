/* endpoint_script: what a request to the endpoint asks for, and what its path says that is to be answered. Pure.
 *
 * Memory:  values; a request's path is the caller's to free.
 * Threads: any.
 */
#ifndef SUPPORT_ENDPOINT_SCRIPT_H
#define SUPPORT_ENDPOINT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_TEXT_MAX_BYTES 256

enum ending { KEEP, CLOSE, RESET, HANG };

struct mode {
    const char *name;
    const char *start; /* sent once; NULL: a normal answer */
    const char *unit;  /* sent for ever behind it; NULL: nothing */
    enum ending ending;
    int status; /* for the log */
};

extern const struct mode script_normal;

struct request {
    size_t head_bytes; /* with the empty line */
    size_t body_bytes;
    char method[32];
    char *path; /* with the query; owned */
    char idempotency_key[SCRIPT_TEXT_MAX_BYTES];
    unsigned long attempt;
    uint64_t hash;
    bool is_last; /* Connection: close */
    const struct mode *mode;
    int status;
    double time_ms;
};

/* The value of `name` in a head whose lines end in CRLF; false if it is not there. */
bool script_get_header(const char *head, const char *name, char *buf, size_t buf_bytes);
/* The value of a query parameter as it stands there, or NULL; *ret_bytes: its length. */
const char *script_get_query(const char *path, const char *name, size_t *ret_bytes);
/* Equal for requests that are equal byte for byte but for their attempt number. */
uint64_t script_get_hash(const char *head, const char *body, size_t body_bytes);
/* Method, path, key and attempt out of a whole head; false: not HTTP. */
bool script_read_head(struct request *request, const char *head);
/* Mode and status by path and query, else by the given; the delay is returned. */
long script_plan(struct request *request, const char *statuses, long delay_ms);

#endif
