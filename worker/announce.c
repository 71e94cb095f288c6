#include "announce.h"
#include "plugin.h"

/* Header and body are at hand only if the record that led to the change is the task's. */
static void tell(struct core *core, const struct row *row, const struct taken *taken)
{
    autohttp_plugin_item_t item;
    const struct task *task = taken != NULL && !taken->is_command ? &taken->task : NULL;
    bool has_error = row->status != ROW_SUCCESS && row->last_error != NULL;

    plugin_item_init(&item, row, task, row->attempts, "");
    plugin_tell_status(core->plugin, &item, has_error ? row->last_error : "");
    plugin_item_close(&item);
}

/* Of the task whose row was taken away; of a row that is only cleaned nothing changes. */
static void tell_first(struct core *core, const struct hand *hand)
{
    if (hand->fetched != NULL) {
        tell(core, &hand->fetched->row, NULL);
    }
}

/* Its row has gone; the event says what is still known of it. */
static void tell_replaced(struct core *core, const struct event *event)
{
    struct row row = {
        .id = event->id,
        .business_type = event->business_type,
        .business_id = event->business_id,
        .url = "",
        .method = "",
        .status = ROW_STOPPED,
        .last_error = "replaced by another task of its business key",
    };

    tell(core, &row, NULL);
}

static void tell_event(struct core *core, const struct hand *hand, const struct event *event)
{
    bool writes_row = hand->plan.writes_row;
    const struct row *row = writes_row ? &hand->plan.row : &hand->current->row;
    bool is_told = false;

    /* An event about two tasks tells of the one that has taken the place, unless that is settled: then it has an event
     * of its own. */
    switch (event->kind) {
    case EVENT_ACCEPTED:
    case EVENT_ATTEMPT:
    case EVENT_STOPPED:
        is_told = true;
        break;
    case EVENT_REPLACED:
        tell_replaced(core, event);
        is_told = row->status == ROW_SENDING;
        break;
    case EVENT_DUPLICATE:
        is_told = writes_row && row->status == ROW_SENDING;
        break;
    case EVENT_REFUSED:
        is_told = writes_row; /* a task whose record became too large; else a record that is no task */
        break;
    case EVENT_COMMAND:
    case EVENT_CLEANED:
        break;
    }
    if (is_told) {
        tell(core, row, hand->current);
    }
}

void announce_plan(struct core *core, const struct hand *hand)
{
    if (!plugin_has_status_update(core->plugin) || hand->current == NULL || hand->key == NULL) {
        return;
    }
    for (size_t i = 0; i < hand->plan.event_count; i++) {
        if (i < hand->plan.told_first_count) {
            tell_first(core, hand);
        } else {
            tell_event(core, hand, &hand->plan.events[i]);
        }
    }
}
