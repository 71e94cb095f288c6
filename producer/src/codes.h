/* codes: the public answers, from the codec's and from librdkafka's.
 *
 * A broker's answer becomes a code by what it says about the record: certainly not appended, or possibly.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef PRODUCER_CODES_H
#define PRODUCER_CODES_H

#include "autohttp.h"
#include "rc.h"
#include <librdkafka/rdkafka.h>
#include <stdbool.h>

enum autohttp_rc codes_from_rc(enum rc rc);
/* What a report means, for codes_from_kafka(). is_closing: the handle is being freed. Else `__DESTROY` is said of a
 * record only that came into a partition in the moment in which that was found to be gone: librdkafka gives up both. */
rd_kafka_resp_err_t codes_get_cause(rd_kafka_resp_err_t err, bool is_closing);
/* may_be_appended: what librdkafka knows of the record (rd_kafka_message_status()); false for one never queued. */
enum autohttp_rc codes_from_kafka(rd_kafka_resp_err_t err, bool may_be_appended);

#endif
