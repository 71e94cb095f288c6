/* control_json: a command about one task (control.schema.json): value of `control`.
 *
 * Memory:  control_decode() as task_decode(); control_close() frees.
 * Threads: any.
 * Errors:  RC_INVALID naming the field, RC_TOO_LARGE, RC_NO_MEMORY.
 */
#ifndef SCHEMAS_CONTROL_JSON_H
#define SCHEMAS_CONTROL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "rc.h"

#define CONTROL_JSON_MAX_BYTES 4096
#define CONTROL_REASON_MAX_BYTES 1024

enum control_command {
    CONTROL_STOP = 1,
    CONTROL_RETRY,
    CONTROL_DELETE,
};

struct control {
    enum control_command command;
    const char *business_type;
    const char *business_id;
    const char *key; /* business_type:business_id */
    size_t key_bytes;
    bool force;         /* stop, delete: abort a transfer under way first */
    const char *reason; /* goes into the event; "" if none */
    void *block;
};

enum rc control_decode(const char *json, size_t json_bytes, struct control *ret_control, char *errstr,
                       size_t errstr_bytes);
enum rc control_encode(const struct control *control, struct buffer *buffer);
void control_close(struct control *control);
const char *control_command_get_name(enum control_command command);

#endif
