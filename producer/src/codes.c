#include "codes.h"

static const char *const CODE_NAMES[] = {
    [AUTOHTTP_OK] = "ok",
    [AUTOHTTP_INVALID] = "invalid",
    [AUTOHTTP_UNSUPPORTED] = "unsupported",
    [AUTOHTTP_TOO_LARGE] = "too_large",
    [AUTOHTTP_NO_MEMORY] = "no_memory",
    [AUTOHTTP_FULL] = "full",
    [AUTOHTTP_TIMEOUT] = "timeout",
    [AUTOHTTP_UNKNOWN] = "unknown",
    [AUTOHTTP_UNAVAILABLE] = "unavailable",
    [AUTOHTTP_DENIED] = "denied",
    [AUTOHTTP_NOT_FOUND] = "not_found",
    [AUTOHTTP_CLOSED] = "closed",
    [AUTOHTTP_FATAL] = "fatal",
};

static const struct {
    rd_kafka_resp_err_t err;
    enum autohttp_rc rc;
} KAFKA_REFUSALS[] = {
    {RD_KAFKA_RESP_ERR_NO_ERROR, AUTOHTTP_OK},
    {RD_KAFKA_RESP_ERR__QUEUE_FULL, AUTOHTTP_FULL},
    {RD_KAFKA_RESP_ERR__FATAL, AUTOHTTP_FATAL},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, AUTOHTTP_TIMEOUT},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, AUTOHTTP_TIMEOUT},
    {RD_KAFKA_RESP_ERR__PURGE_QUEUE, AUTOHTTP_CLOSED},
    {RD_KAFKA_RESP_ERR__DESTROY, AUTOHTTP_CLOSED},
    {RD_KAFKA_RESP_ERR__INVALID_ARG, AUTOHTTP_INVALID},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, AUTOHTTP_UNAVAILABLE}, /* damaged on its way */
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, AUTOHTTP_INVALID},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, AUTOHTTP_TOO_LARGE},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, AUTOHTTP_TOO_LARGE},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, AUTOHTTP_DENIED},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, AUTOHTTP_DENIED},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, AUTOHTTP_DENIED},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, AUTOHTTP_DENIED},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, AUTOHTTP_NOT_FOUND},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, AUTOHTTP_NOT_FOUND},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, AUTOHTTP_NOT_FOUND},
};

const char *autohttp_rc_get_name(int rc)
{
    if (rc < 0 || (size_t)rc >= sizeof CODE_NAMES / sizeof CODE_NAMES[0]) {
        return "unrecognized";
    }
    return CODE_NAMES[rc];
}

int autohttp_rc_is_retriable(int rc)
{
    return rc == AUTOHTTP_NO_MEMORY || rc == AUTOHTTP_FULL || rc == AUTOHTTP_TIMEOUT || rc == AUTOHTTP_UNKNOWN ||
           rc == AUTOHTTP_UNAVAILABLE;
}

int autohttp_rc_is_fatal(int rc)
{
    return rc == AUTOHTTP_FATAL;
}

enum autohttp_rc codes_from_rc(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return AUTOHTTP_OK;
    case RC_UNSUPPORTED:
        return AUTOHTTP_UNSUPPORTED;
    case RC_NO_MEMORY:
        return AUTOHTTP_NO_MEMORY;
    case RC_TOO_LARGE:
        return AUTOHTTP_TOO_LARGE;
    default: /* the codec has no other answer to what a caller gave */
        return AUTOHTTP_INVALID;
    }
}

static enum autohttp_rc get_refusal(rd_kafka_resp_err_t err)
{
    for (size_t i = 0; i < sizeof KAFKA_REFUSALS / sizeof KAFKA_REFUSALS[0]; i++) {
        if (KAFKA_REFUSALS[i].err == err) {
            return KAFKA_REFUSALS[i].rc;
        }
    }
    return AUTOHTTP_UNAVAILABLE;
}

rd_kafka_resp_err_t codes_get_cause(rd_kafka_resp_err_t err, bool is_closing)
{
    return err == RD_KAFKA_RESP_ERR__DESTROY && !is_closing ? RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION : err;
}

enum autohttp_rc codes_from_kafka(rd_kafka_resp_err_t err, bool may_be_appended)
{
    enum autohttp_rc rc = get_refusal(err);

    /* Whatever the last broker's answer was, an earlier send of the same record may have been appended. */
    if (may_be_appended && rc != AUTOHTTP_OK && rc != AUTOHTTP_FATAL) {
        return AUTOHTTP_UNKNOWN;
    }
    return rc;
}
