#include "command.h"

#include "buffer.h"
#include "client.h"
#include "codes.h"
#include "control_json.h"
#include "delivery.h"
#include "rc.h"
#include "sync.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

autohttp_command_t *autohttp_command_new(const char *business_type, size_t business_type_bytes, const char *business_id,
                                         size_t business_id_bytes)
{
    autohttp_command_t *command = calloc(1, sizeof *command);

    if (command == NULL) {
        return NULL;
    }
    if (text_copy(business_type, business_type_bytes, &command->business_type) != AUTOHTTP_OK ||
        text_copy(business_id, business_id_bytes, &command->business_id) != AUTOHTTP_OK) {
        autohttp_command_free(command);
        return NULL;
    }
    return command;
}

void autohttp_command_free(autohttp_command_t *command)
{
    if (command == NULL) {
        return;
    }
    free(command->business_type);
    free(command->business_id);
    free(command->reason);
    free(command);
}

enum autohttp_rc autohttp_command_set_reason(autohttp_command_t *command, const char *reason, size_t reason_bytes)
{
    char *copy = NULL;
    enum autohttp_rc rc = text_copy(reason, reason_bytes, &copy);

    if (rc != AUTOHTTP_OK) {
        return rc;
    }
    free(command->reason);
    command->reason = copy;
    return AUTOHTTP_OK;
}

void autohttp_command_set_force(autohttp_command_t *command, int force)
{
    command->force = force != 0;
}

static enum rc encode_command(const autohttp_command_t *command, enum control_command kind, struct buffer *json,
                              char *errstr, size_t errstr_bytes)
{
    struct control control = {
        .command = kind,
        .business_type = command->business_type,
        .business_id = command->business_id,
        .force = command->force,
        .reason = command->reason != NULL ? command->reason : "",
    };

    if (control_encode(&control, json) != RC_OK || !buffer_is_ok(json)) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory for the command");
    }
    return RC_OK;
}

static enum autohttp_rc produce_command(autohttp_t *handle, const struct control *control, const struct buffer *json,
                                        autohttp_delivery_cb cb, void *opaque, char *errstr, size_t errstr_bytes)
{
    enum autohttp_rc rc = AUTOHTTP_OK;
    struct autohttp_delivery *delivery = delivery_new(NULL, cb, opaque);
    struct client_record record = {
        .topic = CLIENT_CONTROL,
        .key = control->key,
        .key_bytes = control->key_bytes,
        .value = json->data,
        .value_bytes = json->len_bytes,
    };

    if (delivery == NULL) {
        return codes_from_rc(rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory for the command"));
    }
    rc = client_produce(handle, &record, delivery, errstr, errstr_bytes);
    if (rc != AUTOHTTP_OK) {
        delivery_free(delivery);
    }
    return rc;
}

static enum autohttp_rc send_command(autohttp_t *handle, const autohttp_command_t *command, enum control_command kind,
                                     autohttp_delivery_cb cb, void *opaque, char *errstr, size_t errstr_bytes)
{
    enum autohttp_rc rc = AUTOHTTP_OK;
    struct buffer json = {0};
    struct control decoded = {0};

    if (handle == NULL || command == NULL) {
        return codes_from_rc(rc_fail(RC_INVALID, errstr, errstr_bytes, "handle or command is NULL"));
    }
    rc = codes_from_rc(encode_command(command, kind, &json, errstr, errstr_bytes));
    if (rc != AUTOHTTP_OK) {
        goto out;
    }
    /* Judged by reading it as a worker will. */
    rc = codes_from_rc(control_decode(json.data, json.len_bytes, &decoded, errstr, errstr_bytes));
    if (rc != AUTOHTTP_OK) {
        goto out;
    }
    rc = produce_command(handle, &decoded, &json, cb, opaque, errstr, errstr_bytes);
out:
    control_close(&decoded);
    buffer_close(&json);
    return rc;
}

enum autohttp_rc autohttp_stop(autohttp_t *handle, const autohttp_command_t *command, autohttp_delivery_cb cb,
                               void *opaque, char *errstr, size_t errstr_bytes)
{
    return send_command(handle, command, CONTROL_STOP, cb, opaque, errstr, errstr_bytes);
}

enum autohttp_rc autohttp_retry(autohttp_t *handle, const autohttp_command_t *command, autohttp_delivery_cb cb,
                                void *opaque, char *errstr, size_t errstr_bytes)
{
    return send_command(handle, command, CONTROL_RETRY, cb, opaque, errstr, errstr_bytes);
}

enum autohttp_rc autohttp_delete_task(autohttp_t *handle, const autohttp_command_t *command, autohttp_delivery_cb cb,
                                      void *opaque, char *errstr, size_t errstr_bytes)
{
    return send_command(handle, command, CONTROL_DELETE, cb, opaque, errstr, errstr_bytes);
}

struct command_call {
    const autohttp_command_t *command;
    enum control_command kind;
};

static enum autohttp_rc send_call(autohttp_t *handle, void *what, autohttp_delivery_cb cb, void *opaque, char *errstr,
                                  size_t errstr_bytes)
{
    const struct command_call *call = what;

    return send_command(handle, call->command, call->kind, cb, opaque, errstr, errstr_bytes);
}

static enum autohttp_rc send_command_sync(autohttp_t *handle, const autohttp_command_t *command,
                                          enum control_command kind, int timeout_ms, int32_t *ret_partition,
                                          int64_t *ret_offset, char *errstr, size_t errstr_bytes)
{
    struct command_call call = {command, kind};
    struct autohttp_delivery delivery;
    enum autohttp_rc rc = sync_send(handle, send_call, &call, timeout_ms, &delivery, errstr, errstr_bytes);

    if (rc == AUTOHTTP_OK && ret_partition != NULL) {
        *ret_partition = delivery.partition;
    }
    if (rc == AUTOHTTP_OK && ret_offset != NULL) {
        *ret_offset = delivery.offset;
    }
    return rc;
}

enum autohttp_rc autohttp_stop_sync(autohttp_t *handle, const autohttp_command_t *command, int timeout_ms,
                                    int32_t *ret_partition, int64_t *ret_offset, char *errstr, size_t errstr_bytes)
{
    return send_command_sync(handle, command, CONTROL_STOP, timeout_ms, ret_partition, ret_offset, errstr,
                             errstr_bytes);
}

enum autohttp_rc autohttp_retry_sync(autohttp_t *handle, const autohttp_command_t *command, int timeout_ms,
                                     int32_t *ret_partition, int64_t *ret_offset, char *errstr, size_t errstr_bytes)
{
    return send_command_sync(handle, command, CONTROL_RETRY, timeout_ms, ret_partition, ret_offset, errstr,
                             errstr_bytes);
}

enum autohttp_rc autohttp_delete_task_sync(autohttp_t *handle, const autohttp_command_t *command, int timeout_ms,
                                           int32_t *ret_partition, int64_t *ret_offset, char *errstr,
                                           size_t errstr_bytes)
{
    return send_command_sync(handle, command, CONTROL_DELETE, timeout_ms, ret_partition, ret_offset, errstr,
                             errstr_bytes);
}
