/* record_print: a Kafka record as a line, for people or as JSON.
 *
 *   {"topic":"events","partition":3,"offset":17,"time":1772366400.25,"key":"order:42",
 *    "headers":{"autohttp":"v=1;..."},"value":{...}}
 *
 * topic is without the prefix, as in coordinates. Headers that are not UTF-8 come in "headers_base64". A value that is
 * not one JSON object comes as value_base64; a tombstone as "value":null.
 *
 * Memory:  borrows.
 * Threads: one at a time.
 */
#ifndef CLI_RECORD_PRINT_H
#define CLI_RECORD_PRINT_H

#include "follow.h"
#include "topics.h"

/* name: the topic without its prefix. */
void record_print_json(const struct follow_record *record, const char *name);
void record_print_text(const struct follow_record *record, const char *name, enum topic_kind kind);

#endif
