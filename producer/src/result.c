#include "result.h"

#include <stdio.h>
#include <stdlib.h>

struct autohttp_result *result_new(void)
{
    struct autohttp_result *result = calloc(1, sizeof *result);

    if (result == NULL) {
        return NULL;
    }
    result->outcome = AUTOHTTP_REFUSED;
    result->id = AUTOHTTP_ID_UNKNOWN;
    result->error_class = "";
    result->answer.error_class = "";
    return result;
}

void autohttp_result_free(autohttp_result_t *result)
{
    if (result == NULL) {
        return;
    }
    transfer_answer_close(&result->answer);
    parcel_close(&result->parcel);
    free(result);
}

void result_save(autohttp_t *handle, struct autohttp_result *result, int timeout_ms)
{
    char errstr[RESULT_ERRSTR_BYTES] = "";

    result->rc = parcel_produce_sync(handle, &result->parcel, timeout_ms, &result->id, errstr, sizeof errstr);
    result->is_saved = result->rc == AUTOHTTP_OK;
    snprintf(result->save_errstr, sizeof result->save_errstr, "%s", result->is_saved ? "" : errstr);
}

void result_conclude(struct autohttp_result *result)
{
    const char *separator = result->call_errstr[0] != '\0' && result->save_errstr[0] != '\0' ? "; " : "";

    if (result->status == AUTOHTTP_STATUS_SUCCESS) {
        result->outcome = AUTOHTTP_DELIVERED;
    } else {
        result->outcome = result->is_saved ? AUTOHTTP_SAVED : AUTOHTTP_NOT_SAVED;
    }
    snprintf(result->errstr, sizeof result->errstr, "%s%s%s%s", result->call_errstr, separator,
             result->save_errstr[0] != '\0' ? "not saved: " : "", result->save_errstr);
}

enum autohttp_rc autohttp_result_save(autohttp_t *handle, autohttp_result_t *result, int timeout_ms)
{
    if (handle == NULL || result == NULL || result->status == 0) {
        return AUTOHTTP_INVALID;
    }
    if (!result->is_saved) {
        result_save(handle, result, timeout_ms);
        result_conclude(result);
    }
    return result->rc;
}

enum autohttp_outcome autohttp_result_get_outcome(const autohttp_result_t *result)
{
    return result == NULL ? AUTOHTTP_REFUSED : result->outcome;
}

enum autohttp_rc autohttp_result_get_rc(const autohttp_result_t *result)
{
    return result == NULL ? AUTOHTTP_NO_MEMORY : result->rc;
}

const char *autohttp_result_get_errstr(const autohttp_result_t *result)
{
    return result == NULL ? "no memory for the call" : result->errstr;
}

const char *autohttp_result_get_error_class(const autohttp_result_t *result)
{
    return result == NULL ? "" : result->error_class;
}

int autohttp_result_get_status_code(const autohttp_result_t *result)
{
    return result == NULL ? 0 : result->answer.status;
}

const void *autohttp_result_get_response(const autohttp_result_t *result, size_t *ret_response_bytes)
{
    bool is_whole = result != NULL && result->answer.status != 0 && result->answer.error_class[0] == '\0';

    if (ret_response_bytes != NULL) {
        *ret_response_bytes = is_whole ? result->answer.body.len_bytes : 0;
    }
    if (!is_whole) {
        return NULL;
    }
    return result->answer.body.data != NULL ? result->answer.body.data : "";
}

int autohttp_result_is_saved(const autohttp_result_t *result)
{
    return result != NULL && result->is_saved;
}

enum autohttp_status autohttp_result_get_status(const autohttp_result_t *result)
{
    return result == NULL ? (enum autohttp_status)0 : result->status;
}

int64_t autohttp_result_get_next_retry_time(const autohttp_result_t *result)
{
    return result == NULL ? 0 : result->next_time_ms;
}

uint64_t autohttp_result_get_id(const autohttp_result_t *result)
{
    return result == NULL ? AUTOHTTP_ID_UNKNOWN : result->id;
}
