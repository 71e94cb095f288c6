/* admin_request: judges what came before anything is answered, and finds the business key in a path. No I/O.
 *
 * Memory:  values; buffers of the caller.
 * Threads: any.
 */
#ifndef WORKER_ADMIN_REQUEST_H
#define WORKER_ADMIN_REQUEST_H

#include "buffer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the headers of a request were that decide whether it is answered, counted by name whatever their case. */
struct admin_framing {
    unsigned host_count;
    unsigned content_length_count;
    unsigned transfer_encoding_count;
    unsigned authorization_count;
    bool has_body; /* a Content-Length other than 0, or any Transfer-Encoding */
    const char *host;
    const char *authorization; /* NULL: none came */
};

/* Adds one header to what was counted; borrows value. */
void admin_framing_add(struct admin_framing *framing, const char *name, const char *value);
/* Why the request is refused with 400, or NULL. libmicrohttpd itself takes these; two servers in a row that read them
 * differently are how requests are smuggled. */
const char *admin_framing_get_fault(const struct admin_framing *framing);

/* Whether Host names the server at this address: the address itself, localhost, 127.0.0.1 or [::1], with its port, of
 * which 80 may be left out. A page of another site whose name was rebound to 127.0.0.1 sends its own name. */
bool admin_host_is_allowed(const char *host, const char *address);

/* The business key of a raw path /v1/tasks/{type}/{id}, each part percent-decoded: appended to key as type:id. False if
 * the path is another; *ret_fault is then why it names no key, NULL if it is no path of a task at all. */
bool admin_path_parse_key(const char *path, struct buffer *key, const char **ret_fault);

/* Appends the text percent-decoded. False: a percent sign without two hex digits, or a control character. */
bool admin_decode(const char *text, struct buffer *buffer);
/* -1: no hex digit. */
int admin_get_hex(char c);

/* The id of a raw path /v1/ids/{id}. False if the path is another; *ret_fault as above. */
bool admin_path_parse_id(const char *path, uint64_t *ret_id, const char **ret_fault);

#endif
