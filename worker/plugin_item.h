/* plugin_item: a task as the plugin's hooks see it, with what on_task_building changes for one send.
 *
 * The struct is what autohttp_plugin.h leaves opaque; plugin_item_host is the table of getters and setters that goes to
 * the plugin. Setters change `sent`, a copy of the task's struct; texts they are given are copied into nodes that
 * the item owns. plugin_item_check() then judges the whole as a task is judged when it is published.
 *
 * Memory:  the caller owns the struct; plugin_item_init() borrows row, task and key; plugin_item_close() frees what the
 *          setters copied, a body too unless it was taken out. A zeroed struct may be closed.
 * Threads: the loop's.
 * Errors:  plugin_item_check(): RC_INVALID, errstr names field and reason.
 */
#ifndef WORKER_PLUGIN_ITEM_H
#define WORKER_PLUGIN_ITEM_H

#include "autohttp_plugin.h"
#include "rc.h"
#include "row_json.h"
#include "task_json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_ITEM_WHY_MAX_BYTES 200
#define PLUGIN_ITEM_KEPT_MAX_BYTES ((size_t)256 * 1024) /* texts copied for one send: a loop of setters ends */

struct plugin_item_node;

struct autohttp_plugin_item {
    const struct row *row;
    const char *idempotency_key;
    uint32_t attempt; /* the hook is about; 0: none */
    bool has_task;    /* header and body are at hand */
    bool may_change;  /* within on_task_building */
    bool is_changed;  /* a setter was called with success */
    bool is_url_changed;
    struct task sent; /* the task with the changes so far; without has_task only url and method */
    struct task_header headers[TASK_HEADER_MAX_COUNT]; /* of `sent`, once one was changed */
    struct plugin_item_node *nodes;
    size_t kept_bytes;
    char *body;                          /* of `sent`, if a setter gave one */
    char why[PLUGIN_ITEM_WHY_MAX_BYTES]; /* the first setter refused because of; "" */
};

extern const autohttp_plugin_host_t plugin_item_host;

/* task NULL: its header and body are not at hand. */
void plugin_item_init(autohttp_plugin_item_t *item, const struct row *row, const struct task *task, uint32_t attempt,
                      const char *idempotency_key);
void plugin_item_close(autohttp_plugin_item_t *item);
/* What is to be sent, after the hook. RC_OK at once if nothing was changed. */
enum rc plugin_item_check(const autohttp_plugin_item_t *item, char *errstr, size_t errstr_bytes);
/* Gives the body that a setter copied, NULL if none did; free with free(). `sent` goes on borrowing it. */
char *plugin_item_take_body(autohttp_plugin_item_t *item);

#endif
