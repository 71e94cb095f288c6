/* admin_port: which worker's admin port is asked, and what its refusals mean.
 *
 * Any worker answers for any task, because it asks the owner; asking the owner at once saves a hop.
 *
 * Memory:  appends to the caller's buffer.
 * Threads: one at a time.
 * Errors:  as owner.h.
 */
#ifndef CLI_ADMIN_PORT_H
#define CLI_ADMIN_PORT_H

#include "buffer.h"
#include "exits.h"
#include "rc.h"
#include "settings.h"

#define ADMIN_PORT_OK 200
#define ADMIN_PORT_NOT_FOUND 404

/* Appends http://HOST:PORT: the given URL without a slash at its end, or, if that is NULL, the address of the key's
 * owner, or, if business_type is NULL, that of some worker. */
enum rc admin_port_find(const struct settings *settings, const char *given, const char *business_type,
                        const char *business_id, struct buffer *url, char *errstr, size_t errstr_bytes);
/* Says what an answer other than 200 tells (application/problem+json, or any text): usage if the worker refuses the
 * question, denied if it wants another token or name, unavailable otherwise. */
enum exit_code admin_port_refuse(const char *what, long status, const struct buffer *body);

#endif
