/* task_builder: a task as a program builds it, field by field, with its publish id.
 *
 * Until it is first published the publish id stays; the first change after a publish draws a new one, because a changed
 * task under the old id would be dropped by the fence as a repeat.
 *
 * Memory:  as autohttp.h says. task_builder_get_view() borrows: the view lives until the next setter.
 * Threads: setters one at a time; publishing may run in several threads at once.
 */
#ifndef PRODUCER_TASK_BUILDER_H
#define PRODUCER_TASK_BUILDER_H

#include "autohttp.h"
#include "rc.h"
#include "task_json.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct autohttp_task {
    struct task fields;          /* every pointer in it is ours, from malloc; key and block stay NULL */
    struct task_header *headers; /* fields.headers, writable */
    uint8_t publish_id[HEADER_PUB_BYTES];
    char publish_id_text[2 * HEADER_PUB_BYTES + 1];
    atomic_bool is_published;
    bool has_schedule; /* else the handle's default may take its place */
};

/* Draws a new publish id if the present one was published: the first step of whatever makes it another task. */
enum autohttp_rc task_builder_begin_change(autohttp_task_t *task);
/* Gives a copy under the same publish id; key and URL may be missing. NULL if there is no memory. */
autohttp_task_t *task_builder_clone(const autohttp_task_t *task);
/* The codec's form, checked. RC_INVALID, RC_UNSUPPORTED or RC_TOO_LARGE, errstr naming the field. */
enum rc task_builder_get_view(const autohttp_task_t *task, struct task *ret_view, char *errstr, size_t errstr_bytes);

#endif
