/* From librdkafka's and the codec's answers to the public codes. */
#include "cmocka_all.h"
#include "codes.h"
#include <stdint.h>

static void refusal_of_a_record_never_sent_keeps_its_reason(void **state)
{
    static const struct {
        rd_kafka_resp_err_t err;
        enum autohttp_rc rc;
    } rows[] = {
        {RD_KAFKA_RESP_ERR_NO_ERROR, AUTOHTTP_OK},
        {RD_KAFKA_RESP_ERR__QUEUE_FULL, AUTOHTTP_FULL},
        {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, AUTOHTTP_TIMEOUT},
        {RD_KAFKA_RESP_ERR__PURGE_QUEUE, AUTOHTTP_CLOSED},
        {RD_KAFKA_RESP_ERR__FATAL, AUTOHTTP_FATAL},
        {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, AUTOHTTP_TOO_LARGE},
        {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, AUTOHTTP_DENIED},
        {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, AUTOHTTP_NOT_FOUND},
        {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, AUTOHTTP_NOT_FOUND},
        {RD_KAFKA_RESP_ERR__TRANSPORT, AUTOHTTP_UNAVAILABLE},
        {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, AUTOHTTP_UNAVAILABLE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(codes_from_kafka(rows[i].err, false), rows[i].rc);
    }
}

static void failure_of_a_record_that_was_sent_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(codes_from_kafka(RD_KAFKA_RESP_ERR_NO_ERROR, true), AUTOHTTP_OK);
    assert_int_equal(codes_from_kafka(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, true), AUTOHTTP_UNKNOWN);
    assert_int_equal(codes_from_kafka(RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, true), AUTOHTTP_UNKNOWN);
    assert_int_equal(codes_from_kafka(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, true), AUTOHTTP_UNKNOWN);
    assert_int_equal(codes_from_kafka(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, true), AUTOHTTP_UNKNOWN);
    assert_int_equal(codes_from_kafka(RD_KAFKA_RESP_ERR__FATAL, true), AUTOHTTP_FATAL);
}

/* A record that comes into a partition in the moment in which it goes is given up with it. */
static void record_of_a_partition_that_went_is_not_found_and_closed_only_after_free(void **state)
{
    (void)state;
    assert_int_equal(codes_get_cause(RD_KAFKA_RESP_ERR__DESTROY, false), RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION);
    assert_int_equal(codes_from_kafka(codes_get_cause(RD_KAFKA_RESP_ERR__DESTROY, false), false), AUTOHTTP_NOT_FOUND);
    assert_int_equal(codes_from_kafka(codes_get_cause(RD_KAFKA_RESP_ERR__DESTROY, false), true), AUTOHTTP_UNKNOWN);
    assert_int_equal(codes_from_kafka(codes_get_cause(RD_KAFKA_RESP_ERR__DESTROY, true), false), AUTOHTTP_CLOSED);
    assert_int_equal(codes_get_cause(RD_KAFKA_RESP_ERR__PURGE_QUEUE, false), RD_KAFKA_RESP_ERR__PURGE_QUEUE);
    assert_int_equal(codes_get_cause(RD_KAFKA_RESP_ERR_NO_ERROR, false), RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void codecs_answers_keep_their_kind(void **state)
{
    (void)state;
    assert_int_equal(codes_from_rc(RC_OK), AUTOHTTP_OK);
    assert_int_equal(codes_from_rc(RC_INVALID), AUTOHTTP_INVALID);
    assert_int_equal(codes_from_rc(RC_UNSUPPORTED), AUTOHTTP_UNSUPPORTED);
    assert_int_equal(codes_from_rc(RC_TOO_LARGE), AUTOHTTP_TOO_LARGE);
    assert_int_equal(codes_from_rc(RC_NO_MEMORY), AUTOHTTP_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusal_of_a_record_never_sent_keeps_its_reason),
        cmocka_unit_test(failure_of_a_record_that_was_sent_is_unknown),
        cmocka_unit_test(record_of_a_partition_that_went_is_not_found_and_closed_only_after_free),
        cmocka_unit_test(codecs_answers_keep_their_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
