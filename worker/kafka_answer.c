#include "kafka_answer.h"

#include <stddef.h>

#include "kafka_fetcher.h"
#include "kafka_stream.h"

static void fill_record(const struct intake_question *answer, struct record *ret_record)
{
    if (answer->rc == RC_OK) {
        kafka_stream_fill_record(answer->message, kafka_fetcher_get_kind(answer->coords.topic), answer->coords.tier_ms,
                                 ret_record);
        ret_record->handle = NULL; /* the answer's */
    }
}

void kafka_answer_fill(const struct intake_question *answer, struct intake_event *ret_event)
{
    *ret_event = (struct intake_event){
        .token = answer->token,
        .rc = answer->rc,
        .text = answer->rc == RC_OK ? NULL : answer->text,
    };
    switch (answer->kind) {
    case INTAKE_ASK_RECORD:
        ret_event->kind = INTAKE_FETCHED;
        fill_record(answer, &ret_event->record);
        break;
    case INTAKE_ASK_LOG_END:
        ret_event->kind = INTAKE_LOG_END;
        ret_event->offset = answer->offset;
        break;
    case INTAKE_ASK_TRIM:
        ret_event->kind = INTAKE_TRIMMED;
        ret_event->trims = answer->trims;
        ret_event->trim_count = answer->trim_count;
        break;
    case INTAKE_ASK_TOPICS:
        ret_event->kind = INTAKE_CHECKED;
        ret_event->compaction_lag_ms = answer->offset;
        break;
    case INTAKE_ASK_LAYOUT:
    case INTAKE_ASK_BROKERS:
    case INTAKE_ASK_SEEK:
        break;
    }
}
